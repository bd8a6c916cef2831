import type { CallOptions, SecretStore } from '@coffer/core/driver';
import type { SeededSecret } from '../check-context.ts';
import { CheckFailure } from '../exercise.ts';
import { expectValues } from '../expect.ts';

/** One way to ask a store for a secret. */
export interface Read {
  readonly method: 'get' | 'bulkGet' | 'list' | 'getMany' | 'ping';
  /** Resolves when the answer is right. Rejects with the driver's failure, or with `CheckFailure` when the answer is wrong. */
  run(options?: CallOptions): Promise<void>;
}

const metadata = {};

/** Every way that this store has to read, `ping` included. */
export function readsOf(store: SecretStore, { name, values }: SeededSecret): readonly Read[] {
  const reads: (Read | undefined)[] = [
    {
      method: 'get',
      run: async (options) => expectValues('get', (await store.get({ name, metadata }, options)).data, values),
    },
    store.bulkGet && {
      method: 'bulkGet',
      run: async (options) => {
        const answer = await store.bulkGet?.({ metadata }, options);
        expectValues('bulkGet', answer?.data?.[name] ?? undefined, values);
      },
    },
    store.list && {
      method: 'list',
      run: async (options) => {
        const names: string[] = [];
        for await (const page of store.list?.({ metadata }, options) ?? []) names.push(...page);
        if (!names.includes(name)) throw new CheckFailure('list succeeded without a name that is there');
      },
    },
    store.getMany && {
      method: 'getMany',
      run: async (options) => {
        const { found = {}, failed = {} } = (await store.getMany?.({ names: [name], metadata }, options)) ?? {};
        if (failed[name] !== undefined) throw failed[name];
        expectValues('getMany', found[name]?.data, values);
      },
    },
    store.ping && { method: 'ping', run: async (options) => await store.ping?.(options) },
  ];
  return reads.filter((read) => read !== undefined);
}

/** Does something with every read, all at the same time. Rejects with the first failure when all have ended. */
export async function ofAll(reads: readonly Read[], work: (read: Read) => Promise<void>): Promise<void> {
  const endings = await Promise.allSettled(reads.map(work));
  const failed = endings.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}
