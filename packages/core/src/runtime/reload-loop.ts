import { setTimeout as sleep } from 'node:timers/promises';
import type { ResourceSource } from '../resources/source.ts';

/** Milliseconds; a longer timer of Node's ends at once. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

/** A file event or a store's own change; the regular look without one; everything anew. */
export type ReloadReason = 'event' | 'reconcile' | 'all';

export interface ReloadLoopOptions {
  readonly source: ResourceSource;
  /** Milliseconds. */
  readonly reconcileInterval: number;
  /** Called when the source tells of another Configuration. */
  readonly configurationChanged: () => void;
}

/** Does what is asked of it one run at a time: whatever is asked for during one is answered by one more. */
export class ReloadLoop {
  readonly #options: ReloadLoopOptions;
  readonly #closed = new AbortController();
  #watching: AbortController | undefined;
  #reasons = new Set<ReloadReason>();
  #run: (reasons: ReadonlySet<ReloadReason>) => Promise<void> = async () => undefined;
  #begin: () => void = () => undefined;
  /** Ends with the run that goes on, or the one that waits; before `begin` nothing runs. */
  #last: Promise<void> = new Promise((resolve) => {
    this.#begin = resolve;
  });
  #next: Promise<void> | undefined;

  constructor(options: ReloadLoopOptions) {
    this.#options = options;
  }

  /** Aborts when the loop is closed. */
  get signal(): AbortSignal {
    return this.#closed.signal;
  }

  get isWatching(): boolean {
    return this.#watching !== undefined;
  }

  /** Takes how a run is done, and does what has been asked for so far. */
  begin(run: (reasons: ReadonlySet<ReloadReason>) => Promise<void>): void {
    this.#run = run;
    this.#begin();
  }

  /** Resolves or fails as the run that answers it. */
  request(reason: ReloadReason): Promise<void> {
    this.#reasons.add(reason);
    if (this.#next === undefined) {
      this.#next = this.#last.then(() => this.#settleAndRun());
      this.#last = this.#next.catch(() => undefined);
    }
    return this.#next;
  }

  /** The same, for those who have nobody to tell: a run that is asked for by an event tells of its failures itself. */
  changed(): void {
    this.request('event').catch(() => undefined);
  }

  /** Follows the source until `unwatch`. Fails when that can't begin. */
  async watch(): Promise<void> {
    if (this.#watching !== undefined || this.#closed.signal.aborted) return;
    const watching = new AbortController();
    this.#watching = watching;
    const { source, reconcileInterval, configurationChanged } = this.#options;
    const timer = setInterval(
      () => this.request('reconcile').catch(() => undefined),
      Math.min(reconcileInterval, LONGEST_TIMER),
    ).unref();
    watching.signal.addEventListener('abort', () => clearInterval(timer));
    try {
      await source.watch((what) => (what === 'resources' ? this.changed() : configurationChanged()), watching.signal);
    } catch (cause) {
      this.unwatch();
      throw cause;
    }
  }

  unwatch(): void {
    this.#watching?.abort();
    this.#watching = undefined;
  }

  /** Gives up what runs, and waits for it at most so many milliseconds. */
  async close(milliseconds: number): Promise<void> {
    this.unwatch();
    this.#closed.abort(new DOMException('closed', 'AbortError'));
    this.#begin();
    const time = new AbortController();
    const late = sleep(milliseconds, undefined, { signal: time.signal }).catch(() => undefined);
    await Promise.race([this.#last, late]);
    time.abort();
  }

  async #settleAndRun(): Promise<void> {
    const { signal } = this.#closed;
    try {
      signal.throwIfAborted();
      await this.#options.source.settled?.(signal);
    } finally {
      // What is asked for from here on may not be in this run's readings any more.
      this.#next = undefined;
    }
    const reasons = this.#reasons;
    this.#reasons = new Set();
    await this.#run(reasons);
  }
}
