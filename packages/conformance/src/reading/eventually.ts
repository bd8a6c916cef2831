import { setTimeout as sleep } from 'node:timers/promises';
import { CheckFailure } from '../exercise.ts';

/** Milliseconds that a service may take until what was put is what it answers. */
const PATIENCE = 10_000;

/** Reads again until the answer is as wanted. `otherwise` says what is wrong when it never is. */
export async function eventually<Answer>(
  otherwise: string,
  read: () => Promise<Answer>,
  isWanted: (answer: Answer) => boolean,
): Promise<void> {
  const end = performance.now() + PATIENCE;
  for (let pause = 5; ; pause = Math.min(pause * 2, 250)) {
    if (isWanted(await read())) return;
    if (performance.now() > end) throw new CheckFailure(`${otherwise} ${PATIENCE / 1000} s later`);
    await sleep(pause);
  }
}
