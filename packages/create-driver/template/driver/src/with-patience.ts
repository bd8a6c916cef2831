import { setTimeout } from 'node:timers/promises';
import { ServiceFailure } from './client.ts';

const TRIES = 4;
/** Milliseconds of the first pause; each further one is twice as long. */
const FIRST_PAUSE = 250;
/** A service that asks for more than this is not waited for. */
const LONGEST_PAUSE = 10_000;

/**
 * Makes a request, and makes it again while the service throttles: after the time that it asks for, or else after pauses that
 * grow, cut by chance so that many clients do not come at once. Any other failure is final; core repeats reads as the
 * policies of its user say.
 */
export async function withPatience<Answer>(
  request: () => Promise<Answer>,
  signal: AbortSignal,
  wait: (milliseconds: number, signal: AbortSignal) => Promise<void> = pause,
): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await request();
    } catch (cause) {
      if (!(cause instanceof ServiceFailure) || cause.status !== 429 || tries === TRIES) throw cause;
      const { retryAfter = FIRST_PAUSE * 2 ** (tries - 1) * (0.5 + Math.random() / 2) } = cause;
      if (retryAfter > LONGEST_PAUSE) throw cause;
      await wait(retryAfter, signal);
    }
  }
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch((cause) => {
    throw signal.reason ?? cause;
  });
}
