import { setTimeout as sleep } from 'node:timers/promises';
import { formatGoDuration } from '@coffer/core/internal';
import { usage } from './flags/flag-table.ts';
import { FlagError, type ParsedFlags, parseFlags } from './flags/parse-flags.ts';
import { type LogOptions, logOptionsOf, OptionError, type ServerOptions, serverOptionsOf } from './flags/server-options.ts';
import { createLogging, type Logging } from './logging/logging.ts';
import { endOnUnexpectedErrors, LONGEST_TIMER, stayAlive, withinGrace } from './process-end.ts';
import { type OwnPorts, setOwnVariables } from './process-environment.ts';
import { Server, type ServerContext } from './server.ts';
import { type StopSignals, watchStopSignals } from './stop-signals.ts';
import { BUILD_INFO, VERSION } from './version.ts';
import { waitUntilReady } from './wait-until-ready.ts';

const SCOPE = 'dapr.runtime';

/**
 * `cofferd`: runs until a signal or the API stops it. Answers the exit code: 0 after a graceful end, 1 after a failure, 2
 * for a wrong command line. `environment` is changed: the process's own variables are set in it. `stop` comes from a caller
 * that watched for signals before this module was loaded.
 */
export async function runServer(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
  stop: StopSignals = watchStopSignals(),
): Promise<number> {
  const letGo = stayAlive();
  try {
    return await run(args, environment, stop);
  } finally {
    letGo();
    stop.dispose();
  }
}

async function run(args: readonly string[], environment: NodeJS.ProcessEnv, stop: StopSignals): Promise<number> {
  const startedAt = performance.now();
  let flags: ParsedFlags;
  try {
    flags = parseFlags(args);
  } catch (cause) {
    if (!(cause instanceof FlagError)) throw cause;
    process.stderr.write(`${cause.message}\n${usage()}${cause.message}\n`);
    return 2;
  }
  if (flags.help) {
    process.stderr.write(usage());
    return 0;
  }
  for (const notice of flags.notices) process.stderr.write(`${notice}\n`);
  if (flags.flag('version')) {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  if (flags.flag('build-info')) {
    process.stdout.write(BUILD_INFO);
    return 0;
  }
  if (flags.flag('wait')) {
    await waitUntilReady(Number(flags.text('dapr-http-port')), stop.signal);
    return 0;
  }

  let log: LogOptions = { level: 'info', json: false, file: '', appId: flags.text('app-id') };
  let logging: Logging;
  let options: ServerOptions;
  try {
    log = logOptionsOf(flags);
    options = serverOptionsOf(flags);
    logging = createLogging(log, VERSION);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    // The log file is what may have failed: say it on standard output.
    const message = cause instanceof OptionError ? cause.message : `Fatal error from runtime: --log-file: ${cause.message}`;
    createLogging({ ...log, file: cause instanceof OptionError ? log.file : '' }, VERSION).fatal(SCOPE, message);
    return 1;
  }
  stop.logTo(logging);
  logging.loggerFor(SCOPE).info(`Starting Dapr Runtime -- version ${VERSION} -- commit none`);
  logging.loggerFor(SCOPE).info(`Log level set to: ${log.level}`);
  const ports: OwnPorts = { internal: flags.text('dapr-internal-grpc-port'), metrics: flags.text('metrics-port') };
  setOwnVariables(environment, options, ports);
  return serve({ options, logging, stop, environment, startedAt });
}

async function serve(context: ServerContext): Promise<number> {
  const { options, logging, stop } = context;
  endOnUnexpectedErrors(logging);
  const server = new Server(context);
  try {
    await server.start();
    await new Promise<void>((resolve) => {
      if (stop.signal.aborted) resolve();
      else stop.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } catch (cause) {
    if (!stop.signal.aborted) {
      const message = cause instanceof Error ? cause.message : String(cause);
      logging.fatal(SCOPE, `Fatal error from runtime: ${message}`);
      await withinGrace(server.close(), options.gracefulShutdown, logging);
      return 1;
    }
  }
  return shutDown(server, options, logging);
}

async function shutDown(server: Server, options: ServerOptions, logging: Logging): Promise<number> {
  const logger = logging.loggerFor(SCOPE);
  server.announceStop();
  if (options.blockShutdown !== undefined && server.isServing) {
    logger.info(`Blocking graceful shutdown for ${formatGoDuration(options.blockShutdown)} or until app reports unhealthy...`);
    await sleep(Math.min(options.blockShutdown, LONGEST_TIMER));
    logger.info('Block shutdown period expired, entering shutdown...');
  }
  if (options.gracefulShutdown === 0) logger.warn('Graceful shutdown timeout is infinite, will wait indefinitely to shutdown');
  if (options.dialect.grpc.drain === 'without_limit') await server.drainCalls();
  if (!(await withinGrace(server.close(), options.gracefulShutdown, logging))) return 1;
  if (server.deferredFailure !== undefined) {
    logging.fatal(SCOPE, `Fatal error from runtime: ${server.deferredFailure.message}`);
    return 1;
  }
  logger.info('Daprd shutdown gracefully');
  return 0;
}
