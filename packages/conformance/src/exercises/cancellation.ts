import { isSecretStoreError } from '@coffer/core/driver';
import type { CheckContext, SeededSecret } from '../check-context.ts';
import type { Exercise } from '../exercise.ts';
import { expectFailure, kindOf } from '../expect.ts';
import { crashesDuring } from '../observing/crashes.ts';
import { endingOf, waitUntil, watched } from '../observing/patience.ts';
import { ofAll, type Read, readsOf } from '../observing/reads.ts';

export const cancellation: Exercise = {
  name: 'cancellation',
  title: 'gives up a call when the caller does, and that call alone',
  checks: [
    {
      name: 'asks the service for nothing when the caller has given up before',
      run: async (context) => {
        const secret = await context.seed();
        const store = await context.open();
        const before = context.backend.calls?.().length;
        for (const { method, run } of readsOf(store, secret)) {
          await expectFailure(
            `${method} with a signal that was aborted before`,
            run({ signal: AbortSignal.abort() }),
            'canceled',
          );
        }
        const more = (context.backend.calls?.().length ?? 0) - (before ?? 0);
        if (more > 0) context.fail(`calls with a signal that was aborted before made ${more} remote calls`);
      },
    },
    {
      name: 'does not begin an init of which the caller has given up before',
      run: async (context) => {
        const store = await context.create();
        const before = context.backend.calls?.().length ?? 0;
        const ending = await endingOf(store.init(context.initContext(), { signal: AbortSignal.abort() }));
        if (ending.state === 'pending') context.fail('init with a signal that was aborted before does not end');
        if (ending.state === 'rejected') expectCanceled(context, 'init', ending.reason);
        const more = (context.backend.calls?.().length ?? 0) - before;
        if (more > 0) context.fail(`init with a signal that was aborted before made ${more} remote calls`);
      },
    },
    {
      name: 'ends a read as canceled as soon as the caller gives up, and gives up the remote call',
      limit: 60_000,
      run: async (context) => {
        const secret = await context.seed();
        const store = await context.open();
        for (const read of readsOf(store, secret)) await abortWhileItRuns(context, read, secret);
      },
    },
    {
      name: 'ends an init that the service does not answer when the caller gives up',
      run: async (context) => {
        await context.seed();
        const store = await context.create();
        await context.inject('hang');
        const caller = new AbortController();
        const call = watched(store.init(context.initContext(), { signal: caller.signal }));
        await waitUntil(() => (context.backend.inFlight?.() ?? 0) > 0, 20);
        caller.abort();
        const ending = await endingOf(call);
        if (ending.state === 'pending') context.fail('init goes on after the caller has given up');
        if (ending.state === 'rejected') expectCanceled(context, 'init', ending.reason);
      },
    },
    {
      name: 'says deadline_exceeded when the caller gave up because its time was over',
      run: async (context) => {
        const secret = await context.seed();
        const store = await context.open();
        const signal = AbortSignal.abort(new DOMException('the time limit has passed', 'TimeoutError'));
        for (const { method, run } of readsOf(store, secret)) {
          await expectFailure(`${method} after its deadline`, run({ signal }), 'deadline_exceeded');
        }
      },
    },
    {
      name: 'does not end the read of another caller who has not given up',
      run: async (context) => {
        const secret = await context.seed();
        const store = await context.open();
        await context.inject('slow');
        await ofAll(readsOf(store, secret), async ({ method, run }) => {
          const caller = new AbortController();
          const given = watched(run({ signal: caller.signal }));
          const kept = watched(run({ signal: context.signal }));
          await turn();
          caller.abort();
          await endingOf(given);
          const { state } = await endingOf(kept, 1_000);
          if (state !== 'fulfilled') context.fail(`${method} of one caller is ${state} after another caller has given up`);
        });
      },
    },
    {
      name: 'takes no harm from a signal that is aborted after the answer',
      run: async (context) => {
        const secret = await context.seed();
        const store = await context.open();
        const crashes = await crashesDuring(async () => {
          for (const { run } of readsOf(store, secret)) {
            const caller = new AbortController();
            await run({ signal: caller.signal });
            caller.abort();
          }
          await turn();
        });
        if (crashes.length > 0) context.fail(`a signal was aborted after the answer: ${crashes[0]}`);
        for (const { run } of readsOf(store, secret)) await run({ signal: context.signal });
      },
    },
  ],
};

async function abortWhileItRuns(context: CheckContext, { method, run }: Read, secret: SeededSecret): Promise<void> {
  await context.inject(context.backend.faults?.includes('hang') ? 'hang' : 'slow');
  const crashes = await crashesDuring(async () => {
    const caller = new AbortController();
    const inFlight = context.backend.inFlight?.() ?? 0;
    const call = watched(run({ signal: caller.signal }));
    await waitUntil(() => (context.backend.inFlight?.() ?? 0) > inFlight, 20);
    caller.abort();
    const ending = await endingOf(call);
    if (ending.state === 'pending') context.fail(`${method} goes on after the caller has given up`);
    if (ending.state === 'rejected') expectCanceled(context, method, ending.reason);
    if (!(await waitUntil(() => (context.backend.inFlight?.() ?? 0) <= inFlight))) {
      context.fail(`${method} has ended as canceled, and its remote call still runs`);
    }
  });
  if (crashes.length > 0) context.fail(`${method} was given up while it ran: ${crashes[0]}`);
  await context.heal();
  const after = readsOf(await context.open(), secret).find((read) => read.method === method);
  await after?.run({ signal: context.signal });
}

function expectCanceled(context: CheckContext, method: string, reason: unknown): void {
  if (!isSecretStoreError(reason)) context.fail(`${method} failed with ${kindOf(reason)} when its caller gave up`);
  if (reason.code !== 'canceled') context.fail(`${method} failed with the code ${reason.code} when its caller gave up`);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
