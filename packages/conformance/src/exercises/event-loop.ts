import { secretTable } from '@coffer/core/driver';
import { type CheckContext, freshName, freshValue } from '../check-context.ts';
import type { Exercise } from '../exercise.ts';
import { ofAll, readsOf } from '../observing/reads.ts';
import { bestStallOf, type Stall } from '../observing/stalls.ts';

const ATTEMPTS = 3;
/** Milliseconds that nothing takes which a driver should do on the event loop. */
const GENEROUS = 250;

export const eventLoop: Exercise = {
  name: 'event-loop',
  title: 'lets the process do other things while it reads',
  checks: [
    {
      name: 'does not block while it waits for a slow answer',
      limit: 60_000,
      run: async (context) => {
        const secret = await context.seed();
        const store = await context.open();
        for (const { run } of readsOf(store, secret)) await run({ signal: context.signal });
        await context.inject('slow');
        // The fault alone takes twice as long.
        const isGood = ({ longest }: Stall): boolean => longest < GENEROUS;
        const all = () => ofAll(readsOf(store, secret), ({ run }) => run({ signal: context.signal }));
        const stall = await bestStallOf(ATTEMPTS, isGood, all);
        if (!isGood(stall)) context.fail(`reads held up everything else for ${shown(stall)}: they wait without giving way`);
      },
    },
    {
      name: 'reads without holding up the process for long',
      limit: 60_000,
      run: async (context) => {
        const secret = await context.seed();
        await expectNoStall(context, secret, 'a read');
      },
    },
    {
      name: 'reads a value of 64 KiB without holding up the process for long',
      limit: 60_000,
      run: async (context) => {
        const name = freshName();
        const secret = await context.seed({ name, values: secretTable([[name, freshValue().repeat(1_725).slice(0, 65_536)]]) });
        await expectNoStall(context, secret, 'a read of 64 KiB');
      },
    },
  ],
};

async function expectNoStall(
  context: CheckContext,
  secret: Awaited<ReturnType<CheckContext['seed']>>,
  what: string,
): Promise<void> {
  const store = await context.open();
  const isGood = ({ longest }: Stall): boolean => longest < GENEROUS;
  for (const { method, run } of readsOf(store, secret)) {
    const stall = await bestStallOf(ATTEMPTS, isGood, () => run({ signal: context.signal }));
    if (!isGood(stall))
      context.fail(`${method} held up everything else for ${shown(stall)} in ${what}, at the best of ${ATTEMPTS} tries`);
  }
}

function shown({ longest, duration }: Stall): string {
  return `${Math.round(longest)} of ${Math.round(duration)} ms`;
}
