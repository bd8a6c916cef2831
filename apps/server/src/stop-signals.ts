import type { Logging } from './logging/logging.ts';

const NAMES = { SIGINT: 'interrupt', SIGTERM: 'terminated' } as const;

/** What asked the process to stop, and how. */
export interface StopSignals {
  /** Aborts at the first signal, or when `request` is called. */
  readonly signal: AbortSignal;
  /** Stops as a signal would. */
  request(): void;
  /** Takes the handlers away. */
  dispose(): void;
}

/**
 * Turns SIGINT and SIGTERM into an abort; a second one ends the process at once with exit code 1. SIGUSR1, with which Node
 * would open its debugger, does nothing: a debugger could read every secret.
 */
export function watchStopSignals(logging: Logging): StopSignals {
  const controller = new AbortController();
  const handle = (signal: keyof typeof NAMES) => {
    if (controller.signal.aborted) {
      logging.fatal('dapr.signals', `Received signal '${NAMES[signal]}' during shutdown; exiting immediately`);
      process.exit(1);
    }
    logging.loggerFor('dapr.signals').info(`Received signal '${NAMES[signal]}'; beginning shutdown`);
    controller.abort();
  };
  const ignore = () => undefined;
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  process.on('SIGUSR1', ignore);
  return {
    signal: controller.signal,
    request: () => controller.abort(),
    dispose() {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
      process.off('SIGUSR1', ignore);
    },
  };
}
