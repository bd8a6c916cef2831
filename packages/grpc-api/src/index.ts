export { createGrpcApi } from './grpc-api.ts';
export type { CompletedCall, GrpcApi, GrpcApiLoggingOptions, GrpcApiOptions, GrpcObserver } from './options.ts';
export type { IncomingMetadata } from './server/metadata.ts';
export { createGrpcServer } from './server/server.ts';
export { GrpcError, STATUS_NAMES, StatusCode } from './server/status.ts';
export type {
  CallObserver,
  GrpcServer,
  GrpcServerOptions,
  KeepaliveOptions,
  ListenAddress,
  Method,
  MethodLookup,
  ServedCalls,
  ServerCall,
  StreamingMethod,
  UnaryMethod,
} from './server/types.ts';
