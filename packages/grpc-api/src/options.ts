import type { AccessRule, AppConnection, Logger, SecretsRuntime, Tracing } from '@coffer/core';
import type { GrpcServerOptions } from './server/types.ts';

export interface GrpcApiOptions {
  readonly runtime: SecretsRuntime;
  /** API token that calls must carry as `dapr-api-token`; empty or absent: none is asked for. */
  readonly token?: string | undefined;
  /** Bytes of one message, both ways; 4 MiB by default, 0: no limit. */
  readonly maxMessageSize?: number | undefined;
  /** `spec.api` of the Configuration. */
  readonly access?: { readonly allowed: readonly AccessRule[]; readonly denied: readonly AccessRule[] } | undefined;
  readonly apiLogging?: GrpcApiLoggingOptions | undefined;
  /** Shown as `runtime_version` by the metadata API; `edge` by default. */
  readonly runtimeVersion?: string | undefined;
  /** The application beside us, for the metadata API. */
  readonly app?: AppConnection | undefined;
  /** Whether the process still waits for the application to listen. */
  readonly isWaitingForApp?: (() => boolean) | undefined;
  /** Called after `Shutdown` is answered. Without it the method is not implemented. */
  readonly shutdown?: ((mode: 'graceful' | 'force') => void) | undefined;
  readonly observer?: GrpcObserver | undefined;
  /**
   * Traces calls: the `requests` of `@coffer/telemetry`'s `startTracing`. Whether there is one also decides which text calls of
   * unknown services are refused with and, where the dialect has it so, whether reflection answers.
   */
  readonly tracing?: Tracing | undefined;
  /** Told of defects, which are answered with Unknown `internal error`. */
  readonly logger?: Logger | undefined;
}

export interface GrpcApiLoggingOptions {
  readonly enabled: boolean;
  /** Receives `gRPC API Called` at info. */
  readonly logger: Logger;
}

/** Must not throw. */
export interface GrpcObserver {
  /** Told of every unary call that was admitted, whose request could be decoded and whose baggage was none or valid. */
  completed(call: CompletedCall): void;
  /** Told of every call that was not admitted. */
  rejected?(reason: 'token' | 'access_list'): void;
}

export interface CompletedCall {
  /** The whole path. */
  readonly method: string;
  /** Name of the code: `OK`, `InvalidArgument`. */
  readonly status: string;
  /** Milliseconds, with fractions. */
  readonly elapsed: number;
  /** Bytes of the message. */
  readonly requestBytes: number;
  /** Bytes of the message, 0 when there is none. */
  readonly responseBytes: number;
  /** The reference's code of a failed read. */
  readonly errorCode: string | undefined;
}

/** What `createGrpcServer` needs to serve the API; more of its options can be added. */
export type GrpcApi = Pick<GrpcServerOptions, 'lookup' | 'admit' | 'observers' | 'maxMessageSize' | 'onDefect' | 'errorOf'>;
