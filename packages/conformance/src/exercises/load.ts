import type { CheckContext } from '../check-context.ts';
import type { Exercise } from '../exercise.ts';
import { expectValues } from '../expect.ts';

const READS = 1_000;
/** Remote calls at one time that a service takes from one client without harm. */
const MOST_READS = 128;
const MOST_OF_A_BULK = 16;

export const load: Exercise = {
  name: 'load',
  title: 'stays right and modest when many ask at once',
  checks: [
    {
      name: 'answers 1,000 reads at once, each with its own secret, and bounds the remote calls',
      limit: 120_000,
      run: async (context) => {
        const secrets = await context.seedMany(100);
        const store = await context.open();
        context.backend.mostInFlight?.();
        const calls = Array.from({ length: READS }, async (_, index) => {
          const { name, values } = secrets[index % secrets.length] as (typeof secrets)[number];
          const { data } = await store.get({ name, metadata: {} }, { signal: context.signal });
          expectValues(`one of ${READS} gets at once`, data, values);
        });
        await Promise.all(calls);
        expectAtMost(context, MOST_READS, `${READS} gets at once`);
      },
    },
    {
      name: 'reads everything with few remote calls at one time',
      limit: 120_000,
      run: async (context: CheckContext) => {
        const secrets = await context.seedMany(24);
        const store = await context.open();
        if (store.bulkGet === undefined) context.skip('the store has no bulkGet method: core reads ten at a time');
        // Calls that take a while meet each other.
        if (context.backend.mostInFlight !== undefined) await context.inject('slow');
        context.backend.mostInFlight?.();
        const { data } = await store.bulkGet({ metadata: {} }, { signal: context.signal });
        for (const { name, values } of secrets) expectValues('bulkGet of many', data?.[name] ?? undefined, values);
        expectAtMost(context, MOST_OF_A_BULK, 'one bulkGet');
      },
    },
  ],
};

function expectAtMost(context: CheckContext, bound: number, what: string): void {
  const most = context.backend.mostInFlight?.();
  if (most !== undefined && most > bound) {
    context.fail(`${what} made ${most} remote calls at one time, where ${bound} are enough: others wait, or are throttled`);
  }
}
