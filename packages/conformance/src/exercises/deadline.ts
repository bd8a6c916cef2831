import type { CheckContext } from '../check-context.ts';
import type { Exercise } from '../exercise.ts';
import { expectFailure, failureOf } from '../expect.ts';
import { endingOf } from '../observing/patience.ts';
import { ofAll, readsOf } from '../observing/reads.ts';

/** Milliseconds that a caller gives a call. */
const SHORT = 150;
/** Milliseconds that the setting gives a call: enough for a service that answers, also on a busy machine. */
const OWN = 1_500;
/** Ticks in which a driver has to give up, with room for one that tries more than once. */
const PATIENCE = 600;

export const deadline: Exercise = {
  name: 'deadline',
  title: 'ends every call in time, the caller’s or its own',
  checks: [
    {
      name: 'fails with deadline_exceeded when the caller’s time is over and the service has not answered',
      limit: 60_000,
      run: async (context) => {
        const secret = await context.seed();
        const store = await context.open();
        await context.inject('hang');
        await ofAll(readsOf(store, secret), async ({ method, run }) => {
          const call = run({ signal: AbortSignal.timeout(SHORT) });
          await endsInTime(context, `${method} with a deadline of ${SHORT} ms`, call);
          await expectFailure(`${method} after its deadline`, call, 'deadline_exceeded');
        });
      },
    },
    {
      name: 'ends a call by itself after requestTimeout',
      limit: 60_000,
      run: async (context) => {
        const secret = await context.seed();
        const store = await context.open(withTimeout(context));
        for (const { run } of readsOf(store, secret)) await run({ signal: context.signal });
        await context.inject('hang');
        await ofAll(readsOf(store, secret), async ({ method, run }) => {
          const call = run({});
          await endsInTime(context, `${method} with a requestTimeout of ${OWN} ms`, call);
          await expectFailure(`${method} after requestTimeout`, call, 'deadline_exceeded', 'unavailable');
        });
      },
    },
    {
      name: 'ends an init by itself after requestTimeout',
      run: async (context) => {
        const settings = withTimeout(context);
        const store = await context.create();
        await context.inject('hang');
        const call = store.init(context.initContext(settings));
        await endsInTime(context, `init with a requestTimeout of ${OWN} ms`, call);
        if ((await endingOf(call)).state === 'rejected') await failureOf('init after requestTimeout', call);
      },
    },
  ],
};

async function endsInTime(context: CheckContext, what: string, call: Promise<void>): Promise<void> {
  const { state } = await endingOf(call, PATIENCE);
  if (state === 'pending') context.fail(`${what} goes on for ever`);
}

function withTimeout(context: CheckContext): Record<string, string> {
  if (context.definition.metadata.requestTimeout?.type !== 'duration') {
    context.skip('the driver has no setting requestTimeout of the type duration');
  }
  return { ...context.backend.settings, requestTimeout: `${OWN}ms` };
}
