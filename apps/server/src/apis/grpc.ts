import { createGrpcApi, createGrpcServer, type GrpcApi, type GrpcObserver } from '@coffer/grpc-api';
import { openEndpoints } from '../listeners/open-addresses.ts';
import type { OpenApi } from '../server.ts';
import { type ApiContext, commonOptions } from './context.ts';

export interface GrpcApiContext extends ApiContext {
  readonly observer: GrpcObserver | undefined;
  /** Told of the server before it opens an address, so that a start which fails can close it. */
  readonly opened: (opened: OpenApi) => void;
}

/** Of `--read-buffer-size` the reference makes so many times as many bytes for the headers of a call. */
const HEADER_FACTOR = 1024;

/** Opens the gRPC API on its addresses or its unix socket. Fails with an Error in the reference's words. */
export async function openGrpcApi(context: GrpcApiContext): Promise<void> {
  const { coffer, options, logging, stop, opened } = context;
  const { api: access } = coffer.configuration;
  const logger = logging.loggerFor('dapr.runtime.grpc.api');
  if (access.allowed.length + access.denied.length > 0) logger.info('Enabled API access list on gRPC server');
  if (commonOptions(context).token) logger.info('Enabled token authentication on gRPC server');
  const server = createGrpcServer({ ...makeApi(context), maxHeaderListSize: options.readBufferSize * HEADER_FACTOR });
  opened({ configure: () => server.serve(makeApi(context)), close: () => server.close() });
  await openEndpoints({
    listener: server,
    name: 'gRPC',
    options,
    port: options.grpcPort,
    portFlag: 'dapr-grpc-port',
    failure: 'failed to start API gRPC server: could not listen on any endpoint',
    logger,
    signal: stop.signal,
  });
  const where = options.socketDirectory === '' ? `port ${options.grpcPort}` : 'a Unix Domain Socket';
  logging.loggerFor('dapr.runtime').info(`API gRPC server is running on ${where}`);
}

function makeApi(context: GrpcApiContext): GrpcApi {
  const { coffer, options, logging, observer } = context;
  const { apiLogging } = coffer.configuration;
  return createGrpcApi({
    ...commonOptions(context),
    maxMessageSize: options.maxBodySize,
    apiLogging: {
      enabled: options.apiLogging ?? apiLogging.enabled,
      logger: logging.alwaysLoggerFor('dapr.runtime.grpc.api-info'),
    },
    observer,
    logger: logging.loggerFor('dapr.runtime.grpc.api'),
  });
}
