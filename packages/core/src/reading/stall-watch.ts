/** Someone who may keep the event loop to himself: a driver. */
export interface DriverAtWork {
  /** `vault (secretstores.acme/v1, package coffer-store-acme@1.2.0)`. */
  readonly label: string;
  /** Whether a call of it is running. */
  readonly isBusy: boolean;
  /** `performance.now()` of its last call. */
  readonly lastCall: number;
}

const PERIOD = 100;
/** Milliseconds of standing still that a collection of garbage or a busy machine does not explain. */
const STALL = 500;

/**
 * Tells when the event loop stood still while drivers were at work: one that computes or waits without giving way holds up every
 * other store. It looks at the clock only while something is being read.
 */
export class StallWatch {
  readonly #drivers: () => Iterable<DriverAtWork>;
  readonly #tell: (text: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #before = 0;

  constructor(drivers: () => Iterable<DriverAtWork>, tell: (text: string) => void) {
    this.#drivers = drivers;
    this.#tell = tell;
  }

  /** A call of a driver begins. */
  look(): void {
    if (this.#timer !== undefined) return;
    this.#before = performance.now();
    this.#timer = setInterval(() => this.#tick(), PERIOD).unref();
  }

  #tick(): void {
    const now = performance.now();
    const standing = now - this.#before - PERIOD;
    const atWork = [...this.#drivers()].filter(({ isBusy, lastCall }) => isBusy || lastCall >= this.#before);
    this.#before = now;
    if (atWork.length === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else if (standing >= STALL) {
      const labels = atWork.map(({ label }) => label).sort();
      const one = labels.length > 1 ? 'one of these drivers' : 'this driver';
      this.#tell(
        `the process stood still for ${Math.round(standing)} ms, and every store with it, while ${one} was at work: ${labels.join('; ')}`,
      );
    }
  }
}
