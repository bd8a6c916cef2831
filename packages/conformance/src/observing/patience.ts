/** How a call ended, or that it has not. */
export type Ending<Value> =
  | { readonly state: 'fulfilled'; readonly value: Value }
  | { readonly state: 'rejected'; readonly reason: unknown }
  | { readonly state: 'pending' };

/** Milliseconds between two looks at the clock of the event loop. */
const TICK = 10;
/** A second on a machine that has nothing else to do. */
const TICKS = 100;

/** A call that is under way. Its failure counts as handled. */
export interface Watched<Value> {
  readonly ending: () => Ending<Value>;
}

export function watched<Value>(call: Promise<Value>): Watched<Value> {
  let ending: Ending<Value> = { state: 'pending' };
  call.then(
    (value) => {
      ending = { state: 'fulfilled', value };
    },
    (reason: unknown) => {
      ending = { state: 'rejected', reason };
    },
  );
  return { ending: () => ending };
}

/**
 * How the call has ended after so many ticks of this process's own event loop. It is no wall clock: what holds up the driver,
 * a busy machine, holds up the ticks as well.
 */
export async function endingOf<Value>(call: Promise<Value> | Watched<Value>, ticks: number = TICKS): Promise<Ending<Value>> {
  const { ending } = 'ending' in call ? call : watched(call);
  await waitUntil(() => ending().state !== 'pending', ticks);
  return ending();
}

/** Whether the condition has come true within so many ticks. */
export async function waitUntil(condition: () => boolean, ticks: number = TICKS): Promise<boolean> {
  for (let left = ticks; left > 0; left--) {
    if (condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, TICK));
  }
  return condition();
}
