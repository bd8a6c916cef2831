import { createHook } from 'node:async_hooks';
import { waitUntil } from './patience.ts';

/** What some work has left behind, a while after it has ended. */
export interface Leftovers {
  /** Ends of connections that are still open, idle ones too. */
  readonly connections: number;
  /** Timers that keep the process running. */
  readonly timers: number;
}

const SOCKETS: ReadonlySet<string> = new Set(['TCPWRAP', 'PIPEWRAP']);

export async function leftoversOf(work: () => Promise<void>): Promise<Leftovers> {
  const sockets = new Set<number>();
  const timers = new Map<number, NodeJS.Timeout>();
  let isWorking = true;
  const hook = createHook({
    init: (id, type, _trigger, resource) => {
      if (SOCKETS.has(type)) sockets.add(id);
      // Later ones are those of the wait.
      if (type === 'Timeout' && isWorking) timers.set(id, resource as NodeJS.Timeout);
    },
    destroy: (id) => {
      sockets.delete(id);
      timers.delete(id);
    },
  }).enable();
  const now = (): Leftovers => ({
    connections: sockets.size,
    timers: [...timers.values()].filter((timer) => timer.hasRef()).length,
  });
  try {
    await work();
    isWorking = false;
    await waitUntil(() => now().connections === 0 && now().timers === 0);
    return now();
  } finally {
    hook.disable();
  }
}
