import { Coffer } from '@coffer/core';
import type { Logger } from '@coffer/core/driver';
import type { GrpcServer } from '@coffer/grpc-api';
import { discoverComponents, type PluggableComponents } from '@coffer/grpc-api/pluggable';
import type { HttpListener } from '@coffer/http-api';
import { openGrpcApi } from './apis/grpc.ts';
import { openHttpApi } from './apis/http.ts';
import { untilListening } from './app-port.ts';
import { discoverDrivers } from './discover-drivers.ts';
import type { ServerOptions } from './flags/server-options.ts';
import { type MetricsListener, openMetricsListener } from './listeners/metrics-listener.ts';
import type { Logging } from './logging/logging.ts';
import { Metrics } from './metrics.ts';
import type { StopSignals } from './stop-signals.ts';

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
  #grpcServer: GrpcServer | undefined;
  #metricsListener: MetricsListener | undefined;
  #coffer: Coffer | undefined;
  #pluggable: PluggableComponents | undefined;
  #setReady: ((ready: boolean) => void) | undefined;
  #setGrpcReady: ((ready: boolean) => void) | undefined;

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
    const registry = await discoverDrivers(options.driverPaths, logging.loggerFor('dapr.runtime'));
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
    this.#setGrpcReady = coffer.health.add('grpc-api-server');
    this.#logger.info('standalone mode configured');
    this.#logger.info(`app id: ${options.appId}`);
    await this.#openMetrics(metrics);
    signal.throwIfAborted();
    this.#pluggable = await discoverComponents({
      folder: environment.DAPR_COMPONENTS_SOCKETS_FOLDER,
      dialect: options.dialect,
      loggerFor: logging.loggerFor,
      signal,
    });
    for (const definition of this.#pluggable.definitions) registry.override(definition);
    await coffer.load();
    for (const { type } of coffer.components()) metrics.componentLoaded(type);
    signal.throwIfAborted();
    this.#reportMissing(options);
    let waitsForApp = options.app.port !== 0;
    const api = {
      ...this.#context,
      coffer,
      isWaitingForApp: () => waitsForApp,
      shutdown: (mode: 'graceful' | 'force') => this.#shutDown(mode),
    };
    await openGrpcApi({
      ...api,
      observer: undefined,
      opened: (server) => {
        this.#grpcServer = server;
      },
    });
    this.#setGrpcReady(true);
    await openHttpApi({ ...api, observer: metrics.httpObserver, opened: (listener) => this.#listeners.push(listener) });
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

  /** Stops accepting calls over gRPC and waits for the running ones. May be called more than once. */
  async drainCalls(): Promise<void> {
    this.#setGrpcReady?.(false);
    await this.#grpcServer?.close();
  }

  /** Stops accepting, lets running calls and requests finish, closes the stores. */
  async close(): Promise<void> {
    this.announceStop();
    await this.drainCalls();
    if (this.#context.options.dialect.pluggable.readsAtStop === 'cancelled') this.#pluggable?.cancelReads();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    await this.#coffer?.close();
    this.#metricsListener?.close();
  }

  #shutDown(mode: 'graceful' | 'force'): void {
    if (mode === 'graceful') {
      this.#logger.info('Shutdown requested via API');
      this.#context.stop.request();
      return;
    }
    this.#logger.warn('Force shutdown requested, exiting immediately without graceful shutdown');
    setTimeout(() => process.exit(1), 100);
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

  #reportMissing({ inertFlags }: ServerOptions): void {
    if (inertFlags.length === 0) return;
    this.#logger.warn(`no effect: Coffer has no building block for ${inertFlags.map((name) => `--${name}`).join(', ')}`);
  }
}
