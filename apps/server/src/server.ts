import { Coffer, type Registry } from '@coffer/core';
import type { Logger } from '@coffer/core/driver';
import { discoverComponents, type PluggableComponents } from '@coffer/grpc-api/pluggable';
import type { KubernetesMode } from '@coffer/kubernetes-resources';
import { openGrpcApi } from './apis/grpc.ts';
import { openHttpApi } from './apis/http.ts';
import { untilListening } from './app-port.ts';
import { discoverDrivers } from './discover-drivers.ts';
import type { ServerOptions } from './flags/server-options.ts';
import { openKubernetesMode } from './kubernetes.ts';
import { type MetricsListener, openMetricsListener } from './listeners/metrics-listener.ts';
import type { Logging } from './logging/logging.ts';
import { Metrics } from './metrics.ts';
import type { StopSignals } from './stop-signals.ts';

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
    const metrics = new Metrics({
      appId: options.appId,
      namespace: environment.NAMESPACE ?? '',
      maxRequestSeries: options.dialect.metrics.maxRequestSeries,
    });
    const coffer = await Coffer.create({
      appId: options.appId,
      ...(this.#kubernetes ?? { resourcesPaths, configurationFiles }),
      registry,
      dialect: options.dialect,
      environment,
      loggerFor: logging.loggerFor,
      observer: metrics.readObserver,
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
    await this.#openMetrics(metrics);
    signal.throwIfAborted();
    await this.#addPluggable(registry);
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
      opened: (opened) => {
        this.#grpcApi = opened;
      },
    });
    this.#setGrpcReady(true);
    await openHttpApi({ ...api, observer: metrics.httpObserver, opened: (opened) => this.#httpApis.push(opened) });
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
    await coffer.reload({ registry });
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

  /** Stops accepting, lets running calls and requests finish, closes the stores. */
  async close(): Promise<void> {
    this.announceStop();
    await this.drainCalls();
    if (this.#context.options.dialect.pluggable.readsAtStop === 'cancelled') this.#pluggable?.cancelReads();
    await Promise.all(this.#httpApis.map((opened) => opened.close()));
    await this.#coffer?.close();
    await this.#kubernetes?.[Symbol.asyncDispose]();
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
