import type { CheckContext } from '../check-context.ts';
import { CheckFailure, type Exercise } from '../exercise.ts';
import { expectFailure, failureOf } from '../expect.ts';
import { crashesDuring } from '../observing/crashes.ts';
import { peakMemoryOf } from '../observing/memory.ts';
import { waitUntil, watched } from '../observing/patience.ts';
import { ofAll, type Read, readsOf } from '../observing/reads.ts';
import type { FaultKind } from '../test-bed.ts';

/** Remote calls after which a driver should have told its caller that it is throttled. */
const MOST_TRIES = 12;
/** Bytes; a huge answer has at least 64 MiB. */
const MOST_MEMORY = 56 * 2 ** 20;

export const faults: Exercise = {
  name: 'faults',
  title: 'meets every fault of a service with the right answer or a typed failure',
  checks: [
    {
      name: 'waits for a slow answer',
      limit: 60_000,
      run: async (context) => {
        const { secret, store } = await prepared(context);
        await context.inject('slow');
        await ofAll(readsOf(store, secret), ({ run }) => run({ signal: context.signal }));
      },
    },
    {
      name: 'comes back when a throttled service asks it to, and not before',
      limit: 60_000,
      run: async (context) => {
        const { secret, store } = await prepared(context);
        for (const { method, run } of readsOf(store, secret)) {
          if (method === 'ping') continue;
          await context.inject('throttled', { times: 1 });
          const begin = performance.now();
          await succeeds(`${method} that was throttled once`, run({ signal: context.signal }));
          const { pauseAsked = 0 } = context.backend;
          const waited = performance.now() - begin;
          // A timer may be a millisecond early.
          if (waited < pauseAsked - 2) {
            context.fail(`${method} came back after ${Math.round(waited)} ms, where the service asked for ${pauseAsked} ms`);
          }
          await context.heal();
        }
      },
    },
    {
      name: 'gives up a service that throttles without end, with resource_exhausted',
      limit: 60_000,
      run: async (context) => {
        const { secret, store } = await prepared(context);
        await context.inject('throttled');
        const reads = readsOf(store, secret).filter(({ method }) => method !== 'ping');
        await withoutCrash(context, 'throttled', () => giveUp(context, reads));
        await heals(context, readsOf(store, secret));
      },
    },
    {
      name: 'gets over one answer that the service is away, or says unavailable',
      limit: 60_000,
      run: (context) => passing(context, 'unavailable'),
    },
    {
      name: 'gets over one connection that ends before the answer, or says unavailable',
      limit: 60_000,
      run: (context) => passing(context, 'unreachable'),
    },
    {
      name: 'fails with unavailable while the service is away',
      limit: 120_000,
      run: (context) => lasting(context, 'unavailable', ['unavailable']),
    },
    {
      name: 'fails with unavailable while no connection holds',
      limit: 120_000,
      run: (context) => lasting(context, 'unreachable', ['unavailable']),
    },
    {
      name: 'fails with unavailable when answers are cut off',
      limit: 120_000,
      run: (context) => lasting(context, 'cutOff', ['unavailable']),
    },
    {
      name: 'fails with a code of the contract when answers are not what the protocol says',
      limit: 120_000,
      run: (context) => lasting(context, 'malformed', ['unavailable', 'unknown', 'internal']),
    },
    {
      name: 'refuses an answer that is far too large, before it has taken the memory',
      limit: 120_000,
      run: async (context) => {
        const { secret, store } = await prepared(context);
        await context.inject('huge');
        for (const { method, run } of readsOf(store, secret)) {
          if (method === 'ping') continue;
          // Memory that something else has taken meanwhile: the second try says whether it was the driver.
          let peak = Number.POSITIVE_INFINITY;
          for (let attempt = 0; attempt < 2 && peak > MOST_MEMORY; attempt++) {
            const call = () =>
              expectFailure(`${method} of a huge answer`, run({ signal: context.signal }), 'resource_exhausted', 'unavailable');
            await withoutCrash(context, 'huge', async () => {
              peak = Math.min(peak, await peakMemoryOf(call, MOST_MEMORY));
            });
          }
          if (peak > MOST_MEMORY)
            context.fail(`${method} took ${Math.round(peak / 2 ** 20)} MiB of a huge answer before it gave up`);
        }
        await heals(context, readsOf(store, secret));
      },
    },
  ],
};

async function prepared(context: CheckContext) {
  const secret = await context.seed();
  const store = await context.open();
  for (const { run } of readsOf(store, secret)) await run({ signal: context.signal });
  return { secret, store };
}

/** Nothing of what the driver does may end the process that uses it. */
async function withoutCrash(context: CheckContext, fault: FaultKind, work: () => Promise<void>): Promise<void> {
  const crashes = await crashesDuring(work);
  if (crashes.length > 0) context.fail(`under the fault "${fault}": ${crashes[0]}`);
}

/** A fault that happens once to each kind of read. */
async function passing(context: CheckContext, fault: FaultKind): Promise<void> {
  const { secret, store } = await prepared(context);
  await withoutCrash(context, fault, async () => {
    for (const { method, run } of readsOf(store, secret)) {
      await context.inject(fault, { times: 1 });
      const call = run({ signal: context.signal });
      if (!(await succeeded(call))) await expectFailure(`${method} that met the fault "${fault}" once`, call, 'unavailable');
      await context.heal();
    }
  });
  await heals(context, readsOf(store, secret));
}

/** A fault that every call meets. */
async function lasting(context: CheckContext, fault: FaultKind, codes: readonly string[]): Promise<void> {
  const { secret, store } = await prepared(context);
  await context.inject(fault);
  await withoutCrash(context, fault, () =>
    ofAll(readsOf(store, secret), async ({ method, run }) => {
      const call = run({ signal: context.signal });
      // A ping may need no more of an answer than its status.
      if (method === 'ping' && PINGABLE.has(fault) && (await succeeded(call))) return;
      await expectFailure(`${method} under the fault "${fault}"`, call, ...codes);
    }),
  );
  await heals(context, readsOf(store, secret));
}

const PINGABLE: ReadonlySet<FaultKind> = new Set(['cutOff', 'malformed', 'huge']);

async function giveUp(context: CheckContext, reads: readonly Read[]): Promise<void> {
  const most = MOST_TRIES * reads.length;
  const before = context.backend.calls?.().length ?? 0;
  const tries = () => (context.backend.calls?.().length ?? 0) - before;
  await ofAll(reads, async ({ method, run }) => {
    const what = `${method} of a service that throttles without end`;
    const call = run({ signal: context.signal });
    const { ending } = watched(call);
    await waitUntil(() => ending().state !== 'pending' || tries() > most, 6_000);
    if (tries() > most) context.fail(`${what} made more than ${MOST_TRIES} remote calls`);
    await expectFailure(what, call, 'resource_exhausted');
  });
}

async function succeeded(call: Promise<void>): Promise<boolean> {
  return await call.then(
    () => true,
    () => false,
  );
}

async function succeeds(what: string, call: Promise<void>): Promise<void> {
  if (await succeeded(call)) return;
  const { code } = await failureOf(what, call);
  throw new CheckFailure(`${what} failed with the code ${code}, where the next call succeeds`);
}

/** The same store reads again as soon as the service is well. */
async function heals(context: CheckContext, reads: readonly Read[]): Promise<void> {
  await context.heal();
  for (const { method, run } of reads)
    await succeeds(`${method} after the service has recovered`, run({ signal: context.signal }));
}
