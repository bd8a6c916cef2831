import type { Logger } from '@coffer/core';
import type { FinishedSpan } from '../finished-span.ts';
import type { ExporterName, SpanExporter } from './span-exporter.ts';

/** Told what became of spans, for metrics. */
export type SpanObserver = (exporter: ExporterName, result: SpanResult, count: number) => void;
/** `failed`: the collector did not take them in time, or not at all; `dropped`: they found the queue full. */
export type SpanResult = 'exported' | 'failed' | 'dropped';

export interface SpanQueueOptions {
  readonly exporter: SpanExporter;
  readonly logger: Logger;
  readonly observer?: SpanObserver | undefined;
  /** Spans that may wait; 2048 by default. */
  readonly capacity?: number | undefined;
  /** Spans that are sent together, and at once when so many wait; 512 by default. */
  readonly batch?: number | undefined;
  /** Milliseconds after which fewer are sent; 5000 by default. */
  readonly delay?: number | undefined;
  /** Milliseconds that an exporter has for a batch; 30 000 by default. */
  readonly timeout?: number | undefined;
}

/** Deliveries that were given up and may still go on; while there are so many, no other is begun. */
const MOST_HANGING = 4;

/** Spans on their way to one exporter: a bounded number of them, so that a collector that hangs costs spans and nothing else. */
export class SpanQueue {
  readonly #options: SpanQueueOptions;
  readonly #capacity: number;
  readonly #batch: number;
  #waiting: FinishedSpan[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #failing = false;
  #hanging = 0;

  constructor(options: SpanQueueOptions) {
    this.#options = options;
    this.#capacity = options.capacity ?? 2048;
    this.#batch = options.batch ?? 512;
  }

  push(span: FinishedSpan): void {
    if (this.#waiting.length >= this.#capacity || this.#closing !== undefined) {
      this.#report('dropped', 1);
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= this.#batch) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), this.#options.delay ?? 5000).unref();
  }

  /** Sends what waits, for at most so many milliseconds; what is left then is lost. May be called twice. */
  close(milliseconds: number): Promise<void> {
    this.#closing ??= this.#close(milliseconds);
    return this.#closing;
  }

  async #close(milliseconds: number): Promise<void> {
    let late = false;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        late = true;
        resolve();
      }, milliseconds);
    });
    const drained = async () => {
      while (!late && (this.#sending !== undefined || this.#waiting.length > 0)) {
        this.#send();
        await this.#sending;
      }
    };
    await Promise.race([drained(), tooLate]);
    clearTimeout(timer);
    clearTimeout(this.#timer);
    if (this.#waiting.length > 0) this.#report('failed', this.#waiting.length);
    this.#waiting = [];
    this.#options.exporter.close();
  }

  /** Sends one batch, and then the next while there is a whole one. */
  #send(): void {
    if (this.#sending !== undefined || this.#waiting.length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const spans = this.#waiting.splice(0, this.#batch);
    this.#sending = this.#export(spans).finally(() => {
      this.#sending = undefined;
      if (this.#waiting.length >= this.#batch) this.#send();
      else if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#send(), this.#options.delay ?? 5000).unref();
    });
  }

  async #export(spans: readonly FinishedSpan[]): Promise<void> {
    const { exporter, logger } = this.#options;
    try {
      await this.#deliver(spans);
      this.#report('exported', spans.length);
      if (this.#failing) logger.info(`traces reach the ${exporter.name} endpoint again`);
      this.#failing = false;
    } catch (cause) {
      this.#report('failed', spans.length);
      // One line, not one a batch, while a collector is away.
      if (!this.#failing) logger.warn(`traces don't reach the ${exporter.name} endpoint: ${reasonOf(cause)}`);
      this.#failing = true;
    }
  }

  /** Fails when it takes too long. An exporter may have no way to give up, and what it goes on with takes a connection. */
  #deliver(spans: readonly FinishedSpan[]): Promise<void> {
    const { exporter, timeout = 30_000 } = this.#options;
    if (this.#hanging >= MOST_HANGING) return Promise.reject(new Error('earlier spans are not answered for'));
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        this.#hanging++;
        reject(new Error(`no answer within ${timeout} ms`));
      }, timeout).unref();
      const settled = () => {
        clearTimeout(timer);
        if (isLate) this.#hanging--;
      };
      exporter.export(spans).finally(settled).then(resolve, reject);
    });
  }

  #report(result: SpanResult, count: number): void {
    this.#options.observer?.(this.#options.exporter.name, result, count);
  }
}

const LONGEST_REASON = 200;

/** A collector's own words may be long. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.length > LONGEST_REASON ? `${text.slice(0, LONGEST_REASON)}…` : text;
}
