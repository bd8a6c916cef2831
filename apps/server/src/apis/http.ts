import { isTruthy } from '@coffer/core/driver';
import { createHttpApi, createHttpListener, type HttpApiOptions, type HttpListener, type HttpObserver } from '@coffer/http-api';
import { openAddresses, openEndpoints } from '../listeners/open-addresses.ts';
import { type ApiContext, commonOptions } from './context.ts';

export interface HttpApiContext extends ApiContext {
  readonly observer: HttpObserver;
  /** Told of each listener before it opens an address, so that a start which fails can close it. */
  readonly opened: (listener: HttpListener) => void;
}

/** Opens the HTTP API on its addresses or its unix socket, and the public port when there is one. Fails with an Error in the reference's words. */
export async function openHttpApi(context: HttpApiContext): Promise<void> {
  const { options, logging, stop } = context;
  const logger = logging.loggerFor('dapr.runtime.http');
  const api = apiOptions(context);
  if (api.token) logger.info('Enabled token authentication on HTTP server');
  const isOnSocket = options.socketDirectory !== '';
  const opening = {
    name: 'HTTP',
    failure: 'failed to start HTTP server: could not listen on any endpoint',
    logger,
    signal: stop.signal,
  } as const;
  await openEndpoints({
    ...opening,
    listener: listen(context, isOnSocket ? { ...api, trustedHosts: 'any' } : api),
    options,
    port: options.httpPort,
    portFlag: 'dapr-http-port',
  });
  const runtimeLogger = logging.loggerFor('dapr.runtime');
  runtimeLogger.info(`HTTP server is running on port ${options.httpPort}`);
  runtimeLogger.info(`The request body size parameter is: ${options.maxBodySize} bytes`);
  if (options.publicPort === undefined) return;
  await openAddresses({
    ...opening,
    listener: listen(context, { ...api, public: true }),
    addresses: [options.publicListenAddress],
    port: options.publicPort,
    portFlag: 'dapr-public-port',
  });
}

function apiOptions(context: HttpApiContext): HttpApiOptions {
  const { coffer, observer, options, logging } = context;
  const { apiLogging } = coffer.configuration;
  return {
    ...commonOptions(context),
    allowedOrigins: options.allowedOrigins,
    trustedHosts: options.trustedHosts,
    maxBodySize: options.maxBodySize,
    apiLogging: {
      enabled: options.apiLogging ?? apiLogging.enabled,
      obfuscateUrls: apiLogging.obfuscateUrls,
      omitHealthChecks: apiLogging.omitHealthChecks,
      logger: logging.alwaysLoggerFor('dapr.runtime.http-info'),
    },
    observer,
    logger: logging.loggerFor('dapr.runtime.http'),
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
