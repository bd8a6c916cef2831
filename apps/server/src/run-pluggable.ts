import { serveComponent } from '@coffer/grpc-api/pluggable';
import { discoverDrivers } from './discover-drivers.ts';
import { usage } from './flags/flag-table.ts';
import { FlagError, type ParsedFlags, parseFlags } from './flags/parse-flags.ts';
import { PLUGGABLE_FLAGS } from './flags/pluggable-flags.ts';
import { type PluggableOptions, pluggableOptionsOf } from './flags/pluggable-options.ts';
import { type LogOptions, logOptionsOf, OptionError } from './flags/server-options.ts';
import { keepHeapSmall } from './heap.ts';
import { createLogging, type Logging } from './logging/logging.ts';
import { LONGEST_TIMER, stayAlive, watchUnexpectedErrors, withinGrace } from './process-end.ts';
import { type StopSignals, watchStopSignals } from './stop-signals.ts';
import { VERSION } from './version.ts';

const SCOPE = 'dapr.runtime';
const COMMAND = 'cofferd pluggable';

/**
 * `cofferd pluggable`: serves a driver as a pluggable component of Dapr until a signal stops it. Answers the exit code, as
 * `runServer` does. `stop` comes from a caller that watched for signals before this module was loaded.
 */
export async function runPluggable(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
  stop: StopSignals = watchStopSignals(),
): Promise<number> {
  keepHeapSmall();
  const letGo = stayAlive();
  try {
    return await run(args, environment, stop);
  } finally {
    letGo();
    stop.dispose();
  }
}

async function run(args: readonly string[], environment: NodeJS.ProcessEnv, stop: StopSignals): Promise<number> {
  let flags: ParsedFlags;
  try {
    flags = parseFlags(args, PLUGGABLE_FLAGS);
  } catch (cause) {
    if (!(cause instanceof FlagError)) throw cause;
    process.stderr.write(`${cause.message}\n${usage(COMMAND, PLUGGABLE_FLAGS)}${cause.message}\n`);
    return 2;
  }
  if (flags.help) {
    process.stderr.write(usage(COMMAND, PLUGGABLE_FLAGS));
    return 0;
  }
  if (flags.flag('version')) {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  let log: LogOptions = { level: 'info', json: false, file: '', appId: '' };
  let logging: Logging;
  let options: PluggableOptions;
  try {
    log = logOptionsOf(flags);
    options = pluggableOptionsOf(flags, environment);
    logging = createLogging(log, VERSION);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    // The log file is what may have failed: say it on standard output.
    const message = cause instanceof OptionError ? cause.message : `Fatal error from runtime: --log-file: ${cause.message}`;
    createLogging({ ...log, file: cause instanceof OptionError ? log.file : '' }, VERSION).fatal(SCOPE, message);
    return 1;
  }
  stop.logTo(logging);
  watchUnexpectedErrors(logging);
  return serve(options, logging, stop);
}

async function serve(options: PluggableOptions, logging: Logging, stop: StopSignals): Promise<number> {
  const { type, typeVersion, socket, socketMode, driverPaths, dialect, gracefulShutdown } = options;
  const { loggerFor } = logging;
  const logger = loggerFor(SCOPE);
  try {
    const registry = await discoverDrivers(driverPaths, logger);
    const definition = await registry.resolve(type, typeVersion);
    stop.signal.throwIfAborted();
    const server = await serveComponent({ definition, socket, socketMode, dialect, loggerFor });
    logger.info(`serving ${definition.type}/${definition.version} as a pluggable component on ${socket}`);
    await new Promise<void>((resolve) => {
      if (stop.signal.aborted) resolve();
      else stop.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    if (!(await withinGrace(server.close(LONGEST_TIMER), gracefulShutdown, logging))) return 1;
  } catch (cause) {
    if (!stop.signal.aborted) {
      const message = cause instanceof Error ? cause.message : String(cause);
      logging.fatal(SCOPE, `Fatal error from runtime: ${message}`);
      return 1;
    }
  }
  logger.info('the component has shut down gracefully');
  return 0;
}
