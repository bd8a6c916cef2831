import type { DriverDialect } from './driver/index.ts';

/** Every intended difference from the reference, one field a row of docs/deviations.md. Made once at start. */
export interface Dialect extends DriverDialect {
  readonly listen: {
    /** Address of the API, public and metrics listeners when no flag names one: loopback, or every interface. */
    readonly defaultAddress: '127.0.0.1' | '';
    /** Whether unix sockets are for their owner only, or as the process's umask says. */
    readonly privateSockets: boolean;
  };
  readonly metrics: {
    /** How many combinations of method, path and status the request metrics tell apart. */
    readonly maxRequestSeries: number;
  };
  readonly http: {
    /** Without a token, whether requests with a foreign Host or Origin are refused. */
    readonly hostGuard: boolean;
    /** Whether a failed read carries Coffer's own error code in the header `coffer-error-code`. */
    readonly errorCodeHeader: boolean;
    /** Messages that HTTP/1.1 leaves ambiguous (Content-Length beside chunked, bare LF …): refused, or read as the reference reads them. */
    readonly parser: 'strict' | 'lenient';
    /** A body of exactly one byte over `--max-body-size`: refused as any larger one, or cut to the limit without a word. */
    readonly bodyOneOverLimit: 'refused' | 'cut';
  };
  readonly grpc: {
    /** Whether a failed read carries Coffer's own error code as an ErrorInfo. */
    readonly errorInfo: boolean;
    /** Server reflection: always answered and lists what is served, or as the reference has it while tracing is on. */
    readonly reflection: 'always' | 'as_reference';
  };
  readonly loader: {
    /** A store with `ignoreErrors` whose init outlived `initTimeout`: left out, or served all the same. */
    readonly lateStore: 'refused' | 'served';
    /** A component that waited for its secret store and then fails: the start fails, or it is told when the process stops. */
    readonly releasedFailure: 'at_start' | 'at_stop';
    /** Components of building blocks that Coffer does not have: shown in the metadata API or not. */
    readonly listInertComponents: boolean;
  };
  readonly resiliency: {
    /** Answers that another attempt would not change (not found, denied …): given at once, or retried and held against the store. */
    readonly definiteAnswers: 'final' | 'retried';
  };
}

export const cofferDialect: Dialect = {
  localEnv: { failOnMissing: true },
  localFile: { multiValuedScalars: 'kept', collidingPaths: 'error', reportOpenPermissions: true },
  listen: { defaultAddress: '127.0.0.1', privateSockets: true },
  metrics: { maxRequestSeries: 1000 },
  http: { hostGuard: true, errorCodeHeader: true, parser: 'strict', bodyOneOverLimit: 'refused' },
  grpc: { errorInfo: true, reflection: 'always' },
  loader: { lateStore: 'refused', releasedFailure: 'at_start', listInertComponents: false },
  resiliency: { definiteAnswers: 'final' },
};

/** The reference's behaviour in every row: `--strict-dapr`. */
export const strictDialect: Dialect = {
  localEnv: { failOnMissing: false },
  localFile: { multiValuedScalars: 'dropped', collidingPaths: 'first', reportOpenPermissions: false },
  listen: { defaultAddress: '', privateSockets: false },
  metrics: { maxRequestSeries: Number.POSITIVE_INFINITY },
  http: { hostGuard: false, errorCodeHeader: false, parser: 'lenient', bodyOneOverLimit: 'cut' },
  grpc: { errorInfo: false, reflection: 'as_reference' },
  loader: { lateStore: 'served', releasedFailure: 'at_stop', listInertComponents: true },
  resiliency: { definiteAnswers: 'retried' },
};
