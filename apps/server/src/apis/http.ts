import { isTruthy } from '@coffer/core/driver';
import {
  createHttpApi,
  createHttpListener,
  type HttpApi,
  type HttpApiOptions,
  type HttpListener,
  type HttpObserver,
} from '@coffer/http-api';
import { openAddresses, openEndpoints } from '../listeners/open-addresses.ts';
import type { OpenApi } from '../server.ts';
import { type ApiContext, commonOptions } from './context.ts';

export interface HttpApiContext extends ApiContext {
  readonly observer: HttpObserver | undefined;
  /** Told of each listener before it opens an address, so that a start which fails can close it. */
  readonly opened: (opened: OpenApi) => void;
}

/** Opens the HTTP API on its addresses or its unix socket, and the public port when there is one. Fails with an Error in the reference's words. */
export async function openHttpApi(context: HttpApiContext): Promise<void> {
  const { options, logging, stop } = context;
  const logger = logging.loggerFor('dapr.runtime.http');
  if (apiOptions(context).token) logger.info('Enabled token authentication on HTTP server');
  const isOnSocket = options.socketDirectory !== '';
  const opening = {
    name: 'HTTP',
    failure: 'failed to start HTTP server: could not listen on any endpoint',
    logger,
    signal: stop.signal,
  } as const;
  await openEndpoints({
    ...opening,
    listener: listen(context, isOnSocket ? { trustedHosts: 'any' } : {}),
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
    listener: listen(context, { public: true }),
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

/** A listener of the API, with some options of its own. */
function listen(context: HttpApiContext, own: Partial<HttpApiOptions>): HttpListener {
  const { readBufferSize, dialect } = context.options;
  // The public port speaks HTTP/1.1 only.
  const h2c = own.public !== true && !isTruthy(context.environment.DAPR_HTTP_DISABLE_H2C ?? '');
  const make = (): HttpApi => createHttpApi({ ...apiOptions(context), ...own });
  let api = make();
  const current: HttpApi = { handle: (request, response, next) => api.handle(request, response, next) };
  const listener = createHttpListener({ api: current, readBufferSize, h2c, parser: dialect.http.parser });
  context.opened({
    configure() {
      api = make();
    },
    close: () => listener.close(),
  });
  return listener;
}
