/** Says what is wrong when it is news: a line that the run before had too is not repeated. */
export class TellOnce {
  #before: ReadonlySet<string> = new Set();
  #now = new Set<string>();

  tell(log: (message: string) => void, message: string): void {
    if (!this.#before.has(message) && !this.#now.has(message)) log(message);
    this.#now.add(message);
  }

  /** The run is over: what it did not say is news when it comes again. */
  endRun(): void {
    this.#before = this.#now;
    this.#now = new Set();
  }
}
