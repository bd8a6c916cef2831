import { kindOf } from '../expect.ts';

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * What of the work would have ended the process: an error that nobody listened to, a rejection that nobody handled. Listeners
 * of the test runner don't hear of it.
 */
export async function crashesDuring(work: () => Promise<void>): Promise<readonly string[]> {
  const crashes: string[] = [];
  const taken = EVENTS.map((event) => {
    const others = process.rawListeners(event) as (() => void)[];
    const listener = (cause: unknown) => void crashes.push(`${WORDS[event]} (${kindOf(cause)})`);
    process.removeAllListeners(event);
    process.on(event, listener);
    return () => {
      process.off(event, listener);
      for (const other of others) process.on(event, other);
    };
  });
  try {
    await work();
    // Node tells of a rejection when the microtasks of its turn have run.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  } finally {
    for (const giveBack of taken) giveBack();
  }
  return crashes;
}

const WORDS: Readonly<Record<(typeof EVENTS)[number], string>> = {
  uncaughtException: 'an error was thrown where nobody catches it',
  unhandledRejection: 'a promise was rejected that nobody handles',
};
