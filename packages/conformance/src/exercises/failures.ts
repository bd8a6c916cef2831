import { checkSettings, type ErrorCode } from '@coffer/core/driver';
import { type CheckContext, freshName } from '../check-context.ts';
import { type Check, CheckFailure, type Exercise } from '../exercise.ts';
import { expectFailure, failureOf } from '../expect.ts';
import { expectRead } from '../reading/expect-read.ts';
import { NO_METADATA } from '../reading/read-all.ts';
import { readKinds } from '../reading/read-kinds.ts';
import type { BrokenSettings, FaultKind } from '../test-bed.ts';

interface Failing {
  readonly fault: FaultKind;
  readonly what: string;
  readonly code: ErrorCode;
  readonly retryable: boolean;
}

const FAILING: readonly Failing[] = [
  { fault: 'denied', what: 'the identity may not read', code: 'permission_denied', retryable: false },
  { fault: 'unauthenticated', what: 'the credentials are not taken', code: 'unauthenticated', retryable: false },
  { fault: 'throttled', what: 'there are too many calls', code: 'resource_exhausted', retryable: true },
  { fault: 'unavailable', what: 'the service can not answer', code: 'unavailable', retryable: true },
  { fault: 'unreachable', what: 'the service is out of reach', code: 'unavailable', retryable: true },
];

export const failures: Exercise = {
  name: 'failures',
  title: 'tells failures apart by their code, and works again when their cause is gone',
  checks: [
    ...FAILING.map(checkOf),
    {
      name: 'says of a missing secret that to try again is no use',
      run: async (context) => {
        await context.seed();
        const store = await context.open();
        const read = store.get({ name: freshName(), metadata: NO_METADATA }, { signal: context.signal });
        const { retryable } = await expectFailure('get of a missing secret', read, 'not_found');
        if (retryable) context.fail('the failure of a missing secret says that it is retryable');
      },
    },
    {
      name: 'fails for each of the broken settings where and as it has to',
      limit: 60_000,
      run: async (context) => {
        const broken = context.backend.brokenSettings?.filter(({ at }) => at !== 'check') ?? [];
        if (broken.length === 0) context.skip('the test bed has no settings with which init or a read fails');
        for (const each of broken) await expectBroken(context, each);
      },
    },
  ],
};

function checkOf({ fault, what, code, retryable }: Failing): Check {
  return {
    name: `fails every kind of read with ${code} when ${what}, and reads again when that is over`,
    limit: 60_000,
    run: async (context) => {
      const secret = await context.seed();
      const store = await context.open();
      await expectRead(context, store, secret);
      await context.inject(fault);
      // At one time: a driver may try each again for some seconds.
      await Promise.all(
        readKinds(context, store, secret.name).map(async ({ call, read }) => {
          const failure = await expectFailure(`${call} while ${what}`, read(), code);
          if (failure.retryable === retryable) return;
          context.fail(`the failure of ${call} while ${what} says that it is ${retryable ? 'not retryable' : 'retryable'}`);
        }),
      );
      await context.heal();
      await expectRead(context, store, secret, { call: 'get after the failure was over' });
    },
  };
}

async function expectBroken(context: CheckContext, { what, settings, at, codes = [] }: BrokenSettings): Promise<void> {
  const errors = checkSettings(context.definition, settings, 'refused').problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new CheckFailure(`${what}: the settings have to fail at ${at} and are refused before that`);
  const store = await context.create();
  const init = async (): Promise<void> => await store.init(context.initContext(settings), { signal: context.signal });
  if (at === 'init') {
    await expectCode(`init with ${what}`, init(), codes);
    return;
  }
  const { name } = await context.seed();
  await init();
  await expectCode(`get with ${what}`, store.get({ name, metadata: NO_METADATA }, { signal: context.signal }), codes);
}

async function expectCode(call: string, promise: Promise<unknown>, codes: readonly string[]): Promise<void> {
  if (codes.length === 0) await failureOf(call, promise);
  else await expectFailure(call, promise, ...codes);
}
