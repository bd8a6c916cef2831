import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Feature, type Logger, type SecretChange, type SecretStore, SecretStoreError } from '../src/driver/index.ts';
import { StoreFollower } from '../src/runtime/follow-changes.ts';

/** A store that notes what is watched, and tells what a test says. */
function watchedStore(fail?: SecretStoreError) {
  const watches: { names: readonly string[] | undefined; isOpen: boolean }[] = [];
  let tell: (change: SecretChange) => void = () => undefined;
  const store: SecretStore = {
    init: async () => undefined,
    get: async () => ({ data: null }),
    features: () => [Feature.watch],
    close: async () => undefined,
    async *watch({ names }, { signal } = {}) {
      const watch = { names, isOpen: true };
      watches.push(watch);
      try {
        if (fail !== undefined) throw fail;
        while (!signal?.aborted) {
          const next = new Promise<SecretChange | undefined>((resolve) => {
            tell = resolve;
            signal?.addEventListener('abort', () => resolve(undefined), { once: true });
          });
          const change = await next;
          if (change !== undefined) yield change;
        }
      } finally {
        watch.isOpen = false;
      }
    },
  };
  return { store, watches, tell: (change: SecretChange) => tell(change) };
}

function follower(wanted: { names: string[] }) {
  const lines: string[] = [];
  const count = { changes: 0 };
  const note = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
  const logger: Logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  const changed = () => void count.changes++;
  return { lines, count, follow: new StoreFollower({ secretsOf: () => wanted.names, changed, logger }) };
}
const until = async (holds: () => boolean) => {
  while (!holds()) await sleep(5);
};

describe('following the changes of a store', () => {
  it('asks for the secrets that components refer to, and anew when those change', async () => {
    const wanted = { names: ['a'] };
    const { store, watches, tell } = watchedStore();
    const { count, follow } = follower(wanted);
    const gone = new AbortController();
    follow.open('vault', store, gone.signal);
    await until(() => watches.length === 1);
    tell({ name: 'a', kind: 'changed' });
    await until(() => count.changes === 1);
    follow.update();
    wanted.names = ['a', 'b'];
    follow.update();
    await until(() => watches.length === 2 && watches[0]?.isOpen === false);
    wanted.names = [];
    follow.update();
    await until(() => watches.length === 3);
    expect(watches).toEqual([
      { names: ['a'], isOpen: false },
      { names: ['a', 'b'], isOpen: false },
      { names: [], isOpen: true },
    ]);
    gone.abort();
    await until(() => watches[2]?.isOpen === false);
    wanted.names = ['c'];
    follow.update();
    expect(watches).toHaveLength(3);
  });

  it.each([
    ['permission_denied', 'info'],
    ['unavailable', 'warn'],
  ] as const)('tells once that it may not or can not: %s', async (code, level) => {
    const { store, watches } = watchedStore(new SecretStoreError(code, 'no watching here'));
    const { lines, follow } = follower({ names: ['a'] });
    const gone = new AbortController();
    follow.open('vault', store, gone.signal);
    await until(() => watches.length === 2);
    gone.abort();
    expect(lines).toEqual([
      `${level} changes of store vault are not told for now, they are seen when resources are read again: no watching here`,
    ]);
  });
});
