/** Readiness of the parts of a process, by target name. */
export class Health {
  readonly #targets = new Map<string, boolean>();
  /** Whether components are processed and the API listeners are up, whatever the application does. */
  outboundReady = false;

  /** Adds a target that is not ready yet; the answer switches it. */
  add(name: string): (ready: boolean) => void {
    this.#targets.set(name, false);
    return (ready) => {
      this.#targets.set(name, ready);
    };
  }

  /** Names of the targets that are not ready, in the order they were added. */
  notReady(): string[] {
    return [...this.#targets].filter(([, ready]) => !ready).map(([name]) => name);
  }
}
