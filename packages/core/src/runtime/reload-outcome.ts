import type { ReloadedResource, RuntimeObserver } from '../observing/types.ts';

/** What a run of following changes came to. */
export interface RunOutcome {
  /** How much took effect. */
  readonly changed: number;
  /** How much is not as the resources want it: it stays as it was, or is left out. */
  readonly failed: number;
}

/** Tells the observer of runs that changed something, that failed, and of the first one that no longer fails. */
export class ReloadOutcome {
  readonly #resource: ReloadedResource;
  readonly #observer: RuntimeObserver | undefined;
  #isFailing = false;

  constructor(resource: ReloadedResource, observer: RuntimeObserver | undefined) {
    this.#resource = resource;
    this.#observer = observer;
  }

  endRun({ changed, failed }: RunOutcome): void {
    if (changed === 0 && failed === 0 && !this.#isFailing) return;
    this.#isFailing = failed > 0;
    this.#observer?.reloaded?.(this.#resource, failed === 0);
  }
}
