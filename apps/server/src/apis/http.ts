import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { Coffer } from '@coffer/core';
import { isTruthy } from '@coffer/core/driver';
import { createHttpApi, createHttpListener, type HttpApiOptions, type HttpListener, type HttpObserver } from '@coffer/http-api';
import { openAddresses } from '../listeners/open-addresses.ts';
import type { ServerContext } from '../server.ts';
import { VERSION } from '../version.ts';

export interface HttpApiContext extends ServerContext {
  readonly coffer: Coffer;
  readonly observer: HttpObserver;
  readonly isWaitingForApp: () => boolean;
  readonly shutdown: (mode: 'graceful' | 'force') => void;
  /** Told of each listener before it opens an address, so that a start which fails can close it. */
  readonly opened: (listener: HttpListener) => void;
}

/** Opens the HTTP API on its addresses or its unix socket, and the public port when there is one. Fails with an Error in the reference's words. */
export async function openHttpApi(context: HttpApiContext): Promise<void> {
  const { options, logging, stop } = context;
  const logger = logging.loggerFor('dapr.runtime.http');
  const api = apiOptions(context);
  if (api.token) logger.info('Enabled token authentication on HTTP server');
  if (options.socketDirectory === '') {
    const listener = listen(context, api);
    const { listenAddresses: addresses, httpPort: port } = options;
    await openAddresses({ listener, addresses, port, portFlag: 'dapr-http-port', logger, signal: stop.signal });
  } else {
    const path = join(options.socketDirectory, `dapr-${options.appId}-http.socket`);
    const listener = listen(context, { ...api, trustedHosts: 'any' });
    await listener.listen({ path }).catch((cause) => {
      const reason = cause instanceof Error ? cause.message : cause;
      throw new Error(`failed to start HTTP server: could not listen on any endpoint: ${reason}`);
    });
    if (options.dialect.listen.privateSockets) chmodSync(path, 0o600);
    logger.info(`HTTP server listening on UNIX socket: ${path}`);
  }
  const runtimeLogger = logging.loggerFor('dapr.runtime');
  runtimeLogger.info(`HTTP server is running on port ${options.httpPort}`);
  runtimeLogger.info(`The request body size parameter is: ${options.maxBodySize} bytes`);
  if (options.publicPort === undefined) return;
  await openAddresses({
    listener: listen(context, { ...api, public: true }),
    addresses: [options.publicListenAddress],
    port: options.publicPort,
    portFlag: 'dapr-public-port',
    logger,
    signal: stop.signal,
  });
}

function apiOptions({
  coffer,
  observer,
  isWaitingForApp,
  shutdown,
  options,
  logging,
  environment,
}: HttpApiContext): HttpApiOptions {
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
    observer,
    logger: logging.loggerFor('dapr.runtime.http'),
    shutdown,
  };
}

function listen({ options, environment, opened }: HttpApiContext, api: HttpApiOptions): HttpListener {
  const { readBufferSize, dialect } = options;
  // The public port speaks HTTP/1.1 only.
  const h2c = api.public !== true && !isTruthy(environment.DAPR_HTTP_DISABLE_H2C ?? '');
  const listener = createHttpListener({ api: createHttpApi(api), readBufferSize, h2c, parser: dialect.http.parser });
  opened(listener);
  return listener;
}
