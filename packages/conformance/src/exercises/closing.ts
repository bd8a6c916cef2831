import { isSecretStoreError, type SecretStore } from '@coffer/core/driver';
import type { CheckContext } from '../check-context.ts';
import type { Exercise } from '../exercise.ts';
import { expectFailure, failureOf, kindOf } from '../expect.ts';
import { crashesDuring } from '../observing/crashes.ts';
import { endingOf, watched } from '../observing/patience.ts';
import { readsOf } from '../observing/reads.ts';

/** How a read may end whose store was closed. */
const CLOSED: ReadonlySet<string> = new Set(['canceled', 'unavailable', 'failed_precondition']);

export const closing: Exercise = {
  name: 'closing',
  title: 'can be closed at any time, and more than once',
  checks: [
    {
      name: 'closes a store that has read',
      run: async (context) => {
        const secret = await context.seed();
        const store = await context.open();
        for (const { run } of readsOf(store, secret)) await run({ signal: context.signal });
        await closes(context, 'close', store);
      },
    },
    {
      name: 'closes twice, also at the same time',
      run: async (context) => {
        const store = await context.open();
        await Promise.all([closes(context, 'close', store), closes(context, 'close at the same time', store)]);
        await closes(context, 'a later close', store);
      },
    },
    {
      name: 'closes a store that was never initialised',
      run: async (context) => await closes(context, 'close before init', await context.create()),
    },
    {
      name: 'closes a store whose init has failed',
      run: async (context: CheckContext) => {
        const broken = context.backend.brokenSettings?.find(({ at }) => at === 'init');
        if (broken === undefined) context.skip('the test backend has no settings with which init fails');
        const store = await context.create();
        await failureOf(`init with ${broken.what}`, store.init(context.initContext(broken.settings)));
        await closes(context, 'close after a failed init', store);
      },
    },
    {
      name: 'ends reads that run while it is closed, with their value or with a failure that says so',
      limit: 60_000,
      run: async (context: CheckContext) => {
        const secret = await context.seed();
        const store = await context.open();
        for (const { run } of readsOf(store, secret)) await run({ signal: context.signal });
        if (context.backend.faults?.includes('slow')) await context.inject('slow');
        const crashes = await crashesDuring(async () => {
          const reads = readsOf(store, secret).map(({ method, run }) => ({ method, call: watched(run({})) }));
          await new Promise((resolve) => setTimeout(resolve, 50));
          await closes(context, 'close while reads run', store);
          for (const { method, call } of reads) {
            const ending = await endingOf(call, 400);
            if (ending.state === 'pending') context.fail(`${method} that ran while the store was closed never ends`);
            if (ending.state !== 'rejected') continue;
            const { reason } = ending;
            if (!isSecretStoreError(reason)) {
              context.fail(`${method} that ran while the store was closed failed with ${kindOf(reason)}`);
            }
            if (!CLOSED.has(reason.code)) {
              context.fail(`${method} that ran while the store was closed failed with the code ${reason.code}`);
            }
          }
        });
        if (crashes.length > 0) context.fail(`closed while reads run: ${crashes[0]}`);
      },
    },
    {
      name: 'refuses reads after it was closed',
      run: async (context) => {
        const secret = await context.seed();
        const store = await context.open();
        await closes(context, 'close', store);
        for (const { method, run } of readsOf(store, secret)) {
          const call = run({ signal: context.signal });
          const { state } = await endingOf(call);
          if (state === 'pending') context.fail(`${method} of a closed store never ends`);
          // A store of what this process has anyway has nothing to close.
          if (state === 'fulfilled' && context.testBed.backend.tier === 'memory') continue;
          await expectFailure(`${method} of a closed store`, call, ...CLOSED);
        }
      },
    },
  ],
};

async function closes(context: CheckContext, what: string, store: SecretStore): Promise<void> {
  const ending = await endingOf(store.close(), 200);
  if (ending.state === 'pending') context.fail(`${what} does not end`);
  if (ending.state === 'rejected') context.fail(`${what} failed with ${kindOf(ending.reason)}`);
}
