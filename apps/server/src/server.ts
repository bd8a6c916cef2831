import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Coffer, Registry } from '@coffer/core';
import { isTruthy, type Logger } from '@coffer/core/driver';
import { createHttpApi, createHttpListener, type HttpApiOptions, type HttpListener } from '@coffer/http-api';
import { untilListening } from './app-port.ts';
import type { ServerOptions } from './flags/server-options.ts';
import { type MetricsListener, openMetricsListener } from './listeners/metrics-listener.ts';
import { openAddresses } from './listeners/open-addresses.ts';
import type { Logging } from './logging/logging.ts';
import { Metrics } from './metrics.ts';
import type { StopSignals } from './stop-signals.ts';
import { VERSION } from './version.ts';

export interface ServerContext {
  readonly options: ServerOptions;
  readonly logging: Logging;
  readonly stop: StopSignals;
  readonly environment: NodeJS.ProcessEnv;
  readonly startedAt: number;
}

/** A server that is up, or on its way; `close` undoes whatever has been done so far. */
export class Server {
  readonly #context: ServerContext;
  readonly #logger: Logger;
  readonly #listeners: HttpListener[] = [];
  #metricsListener: MetricsListener | undefined;
  #coffer: Coffer | undefined;
  #setReady: ((ready: boolean) => void) | undefined;

  constructor(context: ServerContext) {
    this.#context = context;
    this.#logger = context.logging.loggerFor('dapr.runtime');
  }

  /** Fails with an Error in the reference's words, or with the abort of the stop signal. */
  async start(): Promise<void> {
    const { options, logging, stop, environment, startedAt } = this.#context;
    const { signal } = stop;
    const metrics = new Metrics({
      appId: options.appId,
      namespace: environment.NAMESPACE ?? '',
      maxRequestSeries: options.dialect.metrics.maxRequestSeries,
    });
    const registry = await discoverDrivers(options, logging.loggerFor('dapr.runtime'));
    const coffer = await Coffer.create({
      appId: options.appId,
      resourcesPaths: options.resourcesPaths,
      configurationFiles: options.configurationFiles,
      registry,
      dialect: options.dialect,
      environment,
      loggerFor: logging.loggerFor,
      observer: metrics.readObserver,
      signal,
    });
    this.#coffer = coffer;
    this.#setReady = coffer.health.add('runtime');
    this.#logger.info('standalone mode configured');
    this.#logger.info(`app id: ${options.appId}`);
    await this.#openMetrics(metrics);
    signal.throwIfAborted();
    await coffer.load();
    for (const { type } of coffer.components()) metrics.componentLoaded(type);
    signal.throwIfAborted();
    this.#reportMissing(options);
    let waitsForApp = options.app.port !== 0;
    await this.#openApi(this.#apiOptions(coffer, metrics, () => waitsForApp));
    coffer.health.outboundReady = true;
    if (waitsForApp) {
      const { protocol, port, channelAddress } = options.app;
      this.#logger.info(
        `application protocol: ${protocol}. waiting on port ${port}.  This will block until the app is listening on that port.`,
      );
      await untilListening(channelAddress, port, signal);
      waitsForApp = false;
      this.#logger.info(`application discovered on port ${port}`);
    }
    this.#setReady(true);
    this.#logger.info(`dapr initialized. Status: Running. Init Elapsed ${Math.round(performance.now() - startedAt)}ms`);
  }

  /** Whether clients could be using it: a start that was given up has nobody to wait for. */
  get isServing(): boolean {
    return this.#coffer?.health.outboundReady === true;
  }

  /** A failure that the dialect tells only now that the process ends. */
  get deferredFailure(): Error | undefined {
    return this.#coffer?.deferredFailure();
  }

  /** Health answers that this server is going away, while it still serves. */
  announceStop(): void {
    this.#setReady?.(false);
  }

  /** Stops accepting, lets running requests finish, closes the stores. */
  async close(): Promise<void> {
    this.announceStop();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    await this.#coffer?.close();
    this.#metricsListener?.close();
  }

  #apiOptions(coffer: Coffer, metrics: Metrics, isWaitingForApp: () => boolean): HttpApiOptions {
    const { options, logging, stop, environment } = this.#context;
    const { apiLogging, api } = coffer.configuration;
    const { port, protocol, channelAddress, maxConcurrency } = options.app;
    return {
      runtime: coffer,
      token: environment.DAPR_API_TOKEN,
      allowedOrigins: options.allowedOrigins,
      trustedHosts: options.trustedHosts,
      maxBodySize: options.maxBodySize,
      access: api,
      apiLogging: {
        enabled: options.apiLogging ?? apiLogging.enabled,
        obfuscateUrls: apiLogging.obfuscateUrls,
        omitHealthChecks: apiLogging.omitHealthChecks,
        logger: logging.alwaysLoggerFor('dapr.runtime.http-info'),
      },
      runtimeVersion: VERSION,
      app: {
        protocol,
        channelAddress,
        health: options.app.health,
        ...(port === 0 ? {} : { port }),
        ...(maxConcurrency > 0 ? { maxConcurrency } : {}),
      },
      isWaitingForApp,
      observer: metrics.httpObserver,
      logger: logging.loggerFor('dapr.runtime.http'),
      shutdown: (mode) => {
        if (mode === 'graceful') {
          this.#logger.info('Shutdown requested via API');
          stop.request();
          return;
        }
        this.#logger.warn('Force shutdown requested, exiting immediately without graceful shutdown');
        setTimeout(() => process.exit(1), 100);
      },
    };
  }

  async #openApi(api: HttpApiOptions): Promise<void> {
    const { options, logging, stop, environment } = this.#context;
    const logger = logging.loggerFor('dapr.runtime.http');
    if (api.token) logger.info('Enabled token authentication on HTTP server');
    if (options.socketDirectory === '') {
      const listener = this.#listen(api, environment);
      const { listenAddresses: addresses, httpPort: port } = options;
      await openAddresses({ listener, addresses, port, portFlag: 'dapr-http-port', logger, signal: stop.signal });
    } else {
      const path = join(options.socketDirectory, `dapr-${options.appId}-http.socket`);
      const listener = this.#listen({ ...api, trustedHosts: 'any' }, environment);
      await listener.listen({ path }).catch((cause) => {
        throw new Error(
          `failed to start HTTP server: could not listen on any endpoint: ${cause instanceof Error ? cause.message : cause}`,
        );
      });
      if (options.dialect.listen.privateSockets) chmodSync(path, 0o600);
      logger.info(`HTTP server listening on UNIX socket: ${path}`);
    }
    this.#logger.info(`HTTP server is running on port ${options.httpPort}`);
    this.#logger.info(`The request body size parameter is: ${options.maxBodySize} bytes`);
    if (options.publicPort === undefined) return;
    const listener = this.#listen({ ...api, public: true }, environment, false);
    const addresses = [options.publicListenAddress];
    await openAddresses({
      listener,
      addresses,
      port: options.publicPort,
      portFlag: 'dapr-public-port',
      logger,
      signal: stop.signal,
    });
  }

  #listen(
    api: HttpApiOptions,
    environment: NodeJS.ProcessEnv,
    h2c = !isTruthy(environment.DAPR_HTTP_DISABLE_H2C ?? ''),
  ): HttpListener {
    const { readBufferSize, dialect } = this.#context.options;
    const listener = createHttpListener({ api: createHttpApi(api), readBufferSize, h2c, parser: dialect.http.parser });
    this.#listeners.push(listener);
    return listener;
  }

  async #openMetrics(metrics: Metrics): Promise<void> {
    const { metricsPort, metricsListenAddress: host } = this.#context.options;
    if (metricsPort === undefined) return;
    this.#metricsListener = await openMetricsListener(metrics, host, metricsPort).catch((cause) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `failed to start metrics server: ${reason}; --metrics-port chooses another port, --enable-metrics=false none`,
        { cause },
      );
    });
    this.#logger.info(`metrics server started on ${host}:${metricsPort}/`);
  }

  #reportMissing({ inertFlags, grpcPort }: ServerOptions): void {
    this.#logger.info(`the gRPC API is not served by this version: nothing listens on port ${grpcPort}`);
    if (inertFlags.length === 0) return;
    this.#logger.warn(`no effect: Coffer has no building block for ${inertFlags.map((name) => `--${name}`).join(', ')}`);
  }
}

/** Drivers that this package declares as dependencies, and those of the folders given by flag. */
async function discoverDrivers(options: ServerOptions, logger: Logger): Promise<Registry> {
  const registry = await Registry.discover({ host: fileURLToPath(new URL('..', import.meta.url)) });
  for (const host of options.driverPaths) await registry.addHost({ host });
  for (const problem of registry.problems) logger.warn(problem.message);
  return registry;
}
