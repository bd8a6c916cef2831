import type { Logging } from './logging/logging.ts';

const NAMES = { SIGINT: 'interrupt', SIGTERM: 'terminated' } as const;

/** What asked the process to stop, and how. */
export interface StopSignals {
  /** Aborts at the first signal, or when `request` is called. */
  readonly signal: AbortSignal;
  /** Stops as a signal would. */
  request(): void;
  /** Takes what SIGHUP asks for from now on. Before, and once the process stops, SIGHUP asks for nothing. */
  onHangUp(listener: () => void): void;
  /** Signals are logged from now on, and one that came before is logged now. */
  logTo(logging: Logging): void;
  /** Takes the handlers away. */
  dispose(): void;
}

/**
 * Turns SIGINT and SIGTERM into an abort, from the first moment of the process; a second one ends the process at once with
 * exit code 1. SIGHUP goes to whoever takes it, and never ends the process. SIGUSR1, with which Node would open its debugger,
 * does nothing: a debugger could read every secret.
 */
export function watchStopSignals(): StopSignals {
  const controller = new AbortController();
  let logging: Logging | undefined;
  let unlogged: keyof typeof NAMES | undefined;
  const announce = (signal: keyof typeof NAMES) => {
    if (logging === undefined) unlogged = signal;
    else logging.loggerFor('dapr.signals').info(`Received signal '${NAMES[signal]}'; beginning shutdown`);
  };
  const handle = (signal: keyof typeof NAMES) => {
    if (controller.signal.aborted) {
      logging?.fatal('dapr.signals', `Received signal '${NAMES[signal]}' during shutdown; exiting immediately`);
      process.exit(1);
    }
    announce(signal);
    controller.abort();
  };
  let takeHangUp: () => void = () => undefined;
  const hangUp = () => {
    if (!controller.signal.aborted) takeHangUp();
  };
  const ignore = () => undefined;
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  process.on('SIGHUP', hangUp);
  process.on('SIGUSR1', ignore);
  return {
    signal: controller.signal,
    request: () => controller.abort(),
    onHangUp(listener) {
      takeHangUp = listener;
    },
    logTo(given) {
      logging = given;
      if (unlogged !== undefined) announce(unlogged);
    },
    dispose() {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
      process.off('SIGHUP', hangUp);
      process.off('SIGUSR1', ignore);
    },
  };
}
