import type { CheckContext } from '../check-context.ts';
import type { Exercise } from '../exercise.ts';
import { quoted } from '../expect.ts';
import { readsOf } from '../observing/reads.ts';
import { remoteCallsOf } from '../observing/remote-calls.ts';

export const operations: Exercise = {
  name: 'operations',
  title: 'asks the service for no more than the call needs',
  checks: [
    {
      name: 'reads a secret with as few remote calls as need be',
      run: async (context) => {
        const secrets = [await context.seed(), await context.seed()] as const;
        const store = await context.open();
        const get = async (name: string) =>
          await remoteCallsOf(context, () => store.get({ name, metadata: {} }, { signal: context.signal }));
        await get(secrets[0].name);
        const later = await get(secrets[1].name);
        const { callsPerGet = 1 } = context.backend;
        if (later.length > callsPerGet) {
          context.fail(
            `get by a store that has read before made ${later.length} remote calls (${quoted(later)}) in place of ${callsPerGet}: ` +
              'keep what does not change, or have the test bed say why in callsPerGet',
          );
        }
      },
    },
    {
      name: 'reads one secret without listing secrets',
      run: async (context: CheckContext) => {
        const { get, list } = await operationsOf(context);
        if (list === undefined) context.skip('the store has no list method');
        const both = get.filter((operation) => list.includes(operation));
        if (both.length > 0) context.fail(`get made a call that only list should make: ${quoted(both)}`);
      },
    },
    {
      name: 'reads no value to list names, to answer a ping, or in init',
      run: async (context) => {
        const { get, list = [], ping = [], init } = await operationsOf(context);
        for (const [method, made] of Object.entries({ list, ping, init })) {
          const both = made.filter((operation) => get.includes(operation));
          if (both.length > 0) context.fail(`${method} made a call that reads values: ${quoted(both)}`);
        }
      },
    },
    {
      name: 'reads several secrets in fewer remote calls than one each',
      run: async (context: CheckContext) => {
        const secrets = [await context.seed(), await context.seed(), await context.seed(), await context.seed()];
        const store = await context.open();
        const { getMany } = store;
        if (getMany === undefined) context.skip('the store has no getMany method');
        await store.get({ name: secrets[0]?.name ?? '', metadata: {} }, { signal: context.signal });
        const names = secrets.map(({ name }) => name);
        const made = await remoteCallsOf(context, () => getMany.call(store, { names, metadata: {} }, { signal: context.signal }));
        if (made.length >= names.length) {
          context.fail(
            `getMany of ${names.length} names made ${made.length} remote calls: leave GET_MANY to core, which reads each`,
          );
        }
      },
    },
  ],
};

interface OperationsByMethod {
  readonly init: readonly string[];
  readonly get: readonly string[];
  readonly list?: readonly string[];
  readonly ping?: readonly string[];
}

/** What each method asks of the service when nothing is left to be prepared: no login, no token. */
async function operationsOf(context: CheckContext): Promise<OperationsByMethod> {
  const secret = await context.seed();
  const store = await context.create();
  const init = await remoteCallsOf(context, () => store.init(context.initContext(), { signal: context.signal }));
  const reads = readsOf(store, secret);
  const options = { signal: context.signal };
  for (const { run } of reads) await run(options);
  const made: Record<string, readonly string[]> = {};
  for (const { method, run } of reads) made[method] = await remoteCallsOf(context, () => run(options));
  return { get: [], ...made, init };
}
