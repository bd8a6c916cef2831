import type { CheckContext } from '../check-context.ts';
import { inProcessOfItsOwn, type UseOfDriver } from '../child/driver-entry.ts';
import type { Exercise } from '../exercise.ts';
import { failureOf, quoted } from '../expect.ts';
import { readsOf } from '../observing/reads.ts';
import { leftoversOf } from '../observing/resources.ts';

export const leftovers: Exercise = {
  name: 'leftovers',
  title: 'lets go of everything when it is closed',
  checks: [
    {
      name: 'leaves no connection open, idle ones neither',
      run: async (context) => {
        const secret = await context.seed();
        const { connections: left } = await leftoversOf(async () => {
          const store = await context.open();
          for (const { run } of readsOf(store, secret)) await run({ signal: context.signal });
          await store.close();
        });
        if (left > 0)
          context.fail(`${left} ends of connections are open after close: close what keeps them (an agent of its own)`);
      },
    },
    {
      name: 'leaves no connection open when init has failed',
      run: async (context: CheckContext) => {
        const { what, settings } = brokenOf(context);
        const { connections: left } = await leftoversOf(async () => {
          const store = await context.create();
          await failureOf(`init with ${what}`, store.init(context.initContext(settings), { signal: context.signal }));
          await store.close();
        });
        if (left > 0) context.fail(`${left} ends of connections are open after a failed init and close`);
      },
    },
    {
      name: 'leaves no timer running',
      run: async (context) => {
        const secret = await context.seed();
        const { timers } = await leftoversOf(async () => {
          const store = await context.open();
          for (const { run } of readsOf(store, secret)) await run({ signal: context.signal });
          await store.close();
        });
        if (timers > 0) context.fail(`${timers} timers run after close`);
      },
    },
    {
      name: 'lets a process end by itself once the store is closed',
      limit: 60_000,
      run: async (context: CheckContext) => {
        const { name, values } = await context.seed();
        await endsByItself(context, 'init, reads and close', { use: 'read', settings: context.backend.settings, name, values });
      },
    },
    {
      name: 'lets a process end by itself once a store is closed whose init has failed',
      limit: 60_000,
      run: async (context: CheckContext) => {
        const { settings } = brokenOf(context);
        await endsByItself(context, 'a failed init and close', { use: 'fail-init', settings });
      },
    },
  ],
};

async function endsByItself(context: CheckContext, what: string, task: UseOfDriver): Promise<void> {
  if (context.backend.createStore !== undefined) {
    context.skip('the test bed makes its stores itself (createStore), which another process can’t');
  }
  const { report } = await inProcessOfItsOwn(context, task);
  if (report.failure !== undefined) context.fail(`in a process of its own: ${report.failure}`);
  if (report.leftovers.length > 0)
    context.fail(`a process does not end after ${what}: ${quoted(report.leftovers)} keep it running`);
}

function brokenOf(context: CheckContext) {
  const broken = context.backend.brokenSettings?.find(({ at }) => at === 'init');
  if (broken === undefined) context.skip('the test backend has no settings with which init fails');
  return broken;
}
