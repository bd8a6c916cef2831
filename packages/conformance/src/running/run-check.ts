import { isSecretStoreError } from '@coffer/core/driver';
import { CheckContext } from '../check-context.ts';
import { type Check, CheckFailure, CheckSkip } from '../exercise.ts';
import { kindOf } from '../expect.ts';
import type { CheckResult } from '../report/report.ts';
import type { TestBackend, TestBed } from '../test-bed.ts';
import { withoutValues } from './without-values.ts';

const DEFAULT_LIMIT = 20_000;

/** Milliseconds that a check can take with everything around it: it ends by itself before a test runner has to end it. */
export function timeLimitOf({ limit = DEFAULT_LIMIT }: Check): number {
  return limit + 2 * DEFAULT_LIMIT;
}

/** Puts a driver to one check and cleans up behind it. Never rejects. */
export async function runCheck(check: Check, testBed: TestBed, backend: TestBackend): Promise<CheckResult> {
  const { name, limit = DEFAULT_LIMIT } = check;
  const expiry = new AbortController();
  const context = new CheckContext(testBed, backend, expiry.signal);
  const ran = await outcomeOf(within(limit, expiry, check.run(context)));
  const cleaned = await outcomeOf(within(DEFAULT_LIMIT, expiry, context.cleanUp()));
  const isDirty = ran.outcome !== 'failed' && cleaned.outcome === 'failed';
  const { outcome, reason } = isDirty ? { ...cleaned, reason: `cleaning up after the check: ${cleaned.reason}` } : ran;
  return { name, outcome, ...(reason !== undefined && { reason: withoutValues(reason, testBed, backend) }) };
}

/** A rejection when the time is over, whatever the work still does. */
async function within(limit: number, expiry: AbortController, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new CheckFailure(`it has not ended within ${limit / 1000} s`));
      expiry.abort(new DOMException('the check has taken too long', 'TimeoutError'));
    }, limit);
  });
  try {
    await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}

async function outcomeOf(work: Promise<void>): Promise<Omit<CheckResult, 'name'>> {
  try {
    await work;
    return { outcome: 'passed' };
  } catch (cause) {
    if (cause instanceof CheckSkip) return { outcome: 'skipped', reason: cause.message };
    return { outcome: 'failed', reason: reasonOf(cause) };
  }
}

/** Our own words, or those of what was thrown. */
function reasonOf(cause: unknown): string {
  if (cause instanceof CheckFailure) return cause.message;
  if (isSecretStoreError(cause)) return `the driver failed: ${cause.message}`;
  return `${kindOf(cause)} was thrown: ${cause instanceof Error ? cause.message : String(cause)}`;
}
