import { createHook } from 'node:async_hooks';
import { waitUntil } from './patience.ts';

/** How many connections, idle ones too, are still open a while after the work that opened them has ended. */
export async function socketsLeftBy(work: () => Promise<void>): Promise<number> {
  const open = new Set<number>();
  const hook = createHook({
    init: (id, type) => void (SOCKETS.has(type) && open.add(id)),
    destroy: (id) => void open.delete(id),
  }).enable();
  try {
    await work();
    await waitUntil(() => open.size === 0);
    return open.size;
  } finally {
    hook.disable();
  }
}

const SOCKETS: ReadonlySet<string> = new Set(['TCPWRAP', 'PIPEWRAP']);
