import { setTimeout as sleep } from 'node:timers/promises';
import { formatGoDuration } from '@coffer/core/internal';
import { usage } from './flags/flag-table.ts';
import { FlagError, type ParsedFlags, parseFlags } from './flags/parse-flags.ts';
import { type LogOptions, logOptionsOf, OptionError, type ServerOptions, serverOptionsOf } from './flags/server-options.ts';
import { keepHeapSmall } from './heap.ts';
import { createLogging, type Logging } from './logging/logging.ts';
import { LONGEST_TIMER, stayAlive, watchUnexpectedErrors, withinGrace } from './process-end.ts';
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

/** What a process has for all its servers: a restart makes another one. */
type ProcessContext = Pick<ServerContext, 'options' | 'logging' | 'environment' | 'startedAt'> & { readonly stop: StopSignals };

async function serve(context: ProcessContext): Promise<number> {
  watchUnexpectedErrors(context.logging);
  for (let { startedAt } = context; ; startedAt = performance.now()) {
    const outcome = await serveOnce({ ...context, startedAt });
    if (outcome !== 'restart') return outcome;
  }
}

/** One server, from its start to its end. */
async function serveOnce(context: ProcessContext): Promise<number | 'restart'> {
  const { options, logging, stop } = context;
  const ending = new AbortController();
  const signal = AbortSignal.any([stop.signal, ending.signal]);
  const notReloaded = (cause: unknown) => {
    const line = `not reloaded, what was in force stays: ${messageOf(cause)}`;
    if (!signal.aborted) logging.loggerFor(SCOPE).error(line);
  };
  const hangUp = () => {
    const isRestart = options.dialect.reload.hangUp === 'restart';
    logging.loggerFor('dapr.signals').info(`Received signal 'hangup'; ${isRestart ? 'restarting' : 'reloading'}`);
    if (isRestart) ending.abort('restart');
    else server.reload().catch(notReloaded);
  };
  const server = new Server({
    ...context,
    stop: { signal, request: () => stop.request() },
    needsReload: hangUp,
    failed: (failure) => ending.abort(failure),
  });
  stop.onHangUp(hangUp);
  try {
    await server.start();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } catch (cause) {
    if (!signal.aborted) return endFatally(server, cause, context);
  }
  if (stop.signal.aborted) return shutDown(server, options, logging);
  if (ending.signal.reason !== 'restart') return endFatally(server, ending.signal.reason, context);
  return (await closeServer(server, options, logging)) ?? 'restart';
}

async function endFatally(server: Server, cause: unknown, { options, logging }: ProcessContext): Promise<number> {
  logging.fatal(SCOPE, `Fatal error from runtime: ${messageOf(cause)}`);
  await withinGrace(server.close(), options.gracefulShutdown, logging);
  return 1;
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
  const failure = await closeServer(server, options, logging);
  if (failure !== undefined) return failure;
  logger.info('Daprd shutdown gracefully');
  return 0;
}

/** The exit code of a server that could not be closed, or that had kept a failure until now. */
async function closeServer(server: Server, options: ServerOptions, logging: Logging): Promise<number | undefined> {
  if (options.dialect.grpc.drain === 'without_limit') await server.drainCalls();
  if (!(await withinGrace(server.close(), options.gracefulShutdown, logging))) return 1;
  if (server.deferredFailure === undefined) return undefined;
  logging.fatal(SCOPE, `Fatal error from runtime: ${server.deferredFailure.message}`);
  return 1;
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
