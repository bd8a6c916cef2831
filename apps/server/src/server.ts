import { isDeepStrictEqual } from 'node:util';
import { Coffer, type Registry } from '@coffer/core';
import type { Logger } from '@coffer/core/driver';
import { discoverComponents, type PluggableComponents } from '@coffer/grpc-api/pluggable';
import type { KubernetesMode } from '@coffer/kubernetes-resources';
import { type ActiveTracing, startTracing } from '@coffer/telemetry';
import { openGrpcApi } from './apis/grpc.ts';
import { openHttpApi } from './apis/http.ts';
import { untilListening } from './app-port.ts';
import { discoverDrivers } from './discover-drivers.ts';
import type { ServerOptions } from './flags/server-options.ts';
import { openKubernetesMode } from './kubernetes.ts';
import { type MetricsListener, openMetricsListener } from './listeners/metrics-listener.ts';
import type { Logging } from './logging/logging.ts';
import { createMetrics } from './metrics/create-metrics.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { StopSignals } from './stop-signals.ts';

/** Milliseconds that the last spans have to reach their collector. */
const LONGEST_FLUSH = 5000;

export interface ServerContext {
  readonly options: ServerOptions;
  readonly logging: Logging;
  /** Ends this server: a stop signal, or what else ends it. `request` stops the process. */
  readonly stop: Pick<StopSignals, 'signal' | 'request'>;
  readonly environment: NodeJS.ProcessEnv;
  readonly startedAt: number;
  /** Called when something has changed that only SIGHUP follows. */
  readonly needsReload: () => void;
  /** Told of a failure while running at which the reference ends. */
  readonly failed: (failure: Error) => void;
}

/** Something that is open, and goes by the Configuration. */
export interface OpenApi {
  /** Goes by the Configuration that is in force now; what is running ends as it began. */
  configure(): void;
  /** Stops accepting, and lets what is running finish. */
  close(): Promise<void>;
}

/** A server that is up, or on its way; `close` undoes whatever has been done so far. */
export class Server {
  readonly #context: ServerContext;
  readonly #logger: Logger;
  readonly #httpApis: OpenApi[] = [];
  #grpcApi: OpenApi | undefined;
  #metricsListener: MetricsListener | undefined;
  #metrics: Metrics | undefined;
  #tracing: ActiveTracing | undefined;
  #coffer: Coffer | undefined;
  #kubernetes: KubernetesMode | undefined;
  readonly #created: Promise<Coffer>;
  #markCreated: (coffer: Coffer) => void = () => undefined;
  #pluggable: PluggableComponents | undefined;
  #setReady: ((ready: boolean) => void) | undefined;
  #setGrpcReady: ((ready: boolean) => void) | undefined;

  constructor(context: ServerContext) {
    this.#context = context;
    this.#logger = context.logging.loggerFor('dapr.runtime');
    this.#created = new Promise((resolve) => {
      this.#markCreated = resolve;
    });
  }

  /** Fails with an Error in the reference's words, or with the abort of the stop signal. */
  async start(): Promise<void> {
    const { options, logging, stop, environment, startedAt, needsReload, failed } = this.#context;
    const { signal } = stop;
    const registry = await discoverDrivers(options.driverPaths, logging.loggerFor('dapr.runtime'));
    this.#kubernetes = await openKubernetesMode({ options, logging, registry, environment, signal });
    const { resourcesPaths, configurationFiles } = options;
    const coffer = await Coffer.create({
      appId: options.appId,
      ...(this.#kubernetes ?? { resourcesPaths, configurationFiles }),
      registry,
      dialect: options.dialect,
      environment,
      loggerFor: logging.loggerFor,
      observer: async (configuration) => {
        this.#metrics = await createMetrics(options, environment, configuration);
        return this.#metrics?.runtimeObserver;
      },
      reconcileInterval: options.reconcileInterval,
      needsReload,
      failed,
      signal,
    });
    this.#coffer = coffer;
    this.#markCreated(coffer);
    this.#setReady = coffer.health.add('runtime');
    this.#setGrpcReady = coffer.health.add('grpc-api-server');
    this.#logger.info(`${options.mode} mode configured`);
    this.#logger.info(`app id: ${options.appId}`);
    const metrics = this.#metrics;
    if (metrics !== undefined) await this.#openMetrics(metrics, coffer);
    this.#tracing = await this.#startTracing(coffer);
    signal.throwIfAborted();
    await this.#addPluggable(registry);
    await coffer.load();
    signal.throwIfAborted();
    this.#reportMissing(options);
    let waitsForApp = options.app.port !== 0;
    const api = {
      ...this.#context,
      coffer,
      tracing: () => this.#tracing?.requests,
      isWaitingForApp: () => waitsForApp,
      shutdown: (mode: 'graceful' | 'force') => this.#shutDown(mode),
    };
    await openGrpcApi({
      ...api,
      observer: metrics?.grpcObserver,
      opened: (opened) => {
        this.#grpcApi = opened;
      },
    });
    this.#setGrpcReady(true);
    await openHttpApi({ ...api, observer: metrics?.httpObserver, opened: (opened) => this.#httpApis.push(opened) });
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

  /**
   * Reads everything again, drivers and pluggable components included, and goes by it; nothing is refused meanwhile. Fails
   * with an Error in the reference's words, and then nothing has changed. Called during the start, it is done after it.
   */
  async reload(): Promise<void> {
    const coffer = await this.#created;
    const registry = await discoverDrivers(this.#context.options.driverPaths, this.#logger);
    await this.#addPluggable(registry);
    const before = coffer.configuration;
    await coffer.reload({ registry });
    if (!isDeepStrictEqual(before.tracing, coffer.configuration.tracing)) await this.#retrace(coffer);
    for (const opened of this.#httpApis) opened.configure();
    this.#grpcApi?.configure();
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
    await this.#grpcApi?.close();
  }

  /** Stops accepting, lets running calls and requests finish, closes the stores and sends the last spans. */
  async close(): Promise<void> {
    this.announceStop();
    await this.drainCalls();
    if (this.#context.options.dialect.pluggable.readsAtStop === 'cancelled') this.#pluggable?.cancelReads();
    await Promise.all(this.#httpApis.map((opened) => opened.close()));
    await Promise.all([this.#coffer?.close(), this.#tracing?.close(this.#flushTime())]);
    await this.#kubernetes?.[Symbol.asyncDispose]();
    await this.#metricsListener?.close();
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

  async #addPluggable(registry: Registry): Promise<void> {
    const { options, logging, stop, environment } = this.#context;
    this.#pluggable = await discoverComponents({
      folder: environment.DAPR_COMPONENTS_SOCKETS_FOLDER,
      dialect: options.dialect,
      loggerFor: logging.loggerFor,
      signal: stop.signal,
    });
    for (const definition of this.#pluggable.definitions) registry.override(definition);
  }

  #startTracing({ configuration }: Coffer): Promise<ActiveTracing> {
    const { options, environment, logging } = this.#context;
    return startTracing({
      appId: options.appId,
      tracing: configuration.tracing,
      environment,
      loggerFor: logging.loggerFor,
      dialect: options.dialect.tracing,
      observer: this.#metrics?.spanObserver,
    });
  }

  /** Traces by another Configuration. What it can't do leaves tracing as it was. */
  async #retrace(coffer: Coffer): Promise<void> {
    const before = this.#tracing;
    try {
      this.#tracing = await this.#startTracing(coffer);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#logger.error(`tracing stays as it was: ${reason}`);
      return;
    }
    void before?.close(this.#flushTime());
  }

  /** A collector that hangs must not use up the time that the stores have. */
  #flushTime(): number {
    const { gracefulShutdown } = this.#context.options;
    return gracefulShutdown === 0 ? LONGEST_FLUSH : Math.min(LONGEST_FLUSH, gracefulShutdown / 2);
  }

  async #openMetrics(metrics: Metrics, coffer: Coffer): Promise<void> {
    const { metricsPort, metricsListenAddress: host } = this.#context.options;
    if (metricsPort === undefined) return;
    metrics.countComponents(() => ({ loaded: coffer.components().length, parked: [...coffer.parked().values()].flat().length }));
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
