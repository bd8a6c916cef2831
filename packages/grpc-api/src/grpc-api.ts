import { createAdmission } from './dapr/admission.ts';
import { apiLog, metrics } from './dapr/observers.ts';
import { DAPR_PREFIX, REFLECTION_PREFIX } from './dapr/paths.ts';
import { proxiedMethod } from './dapr/proxied.ts';
import { readError, secretMethods } from './dapr/secrets.ts';
import { tracing } from './dapr/tracing.ts';
import type { GrpcApi, GrpcApiOptions } from './options.ts';
import type { CallObserver, Method } from './server/types.ts';

/** The API of a sidecar over gRPC, to be served by `createGrpcServer`. */
export function createGrpcApi(options: GrpcApiOptions): GrpcApi {
  const { runtime, logger, apiLogging, observer } = options;
  const { errorInfo } = runtime.dialect.grpc;
  const methods = new Map<string, Method>(secretMethods(runtime));
  const proxied = proxiedMethod(options.tracing !== undefined);
  let loading: Promise<void> | undefined;

  /** Everything but the two calls that read secrets needs a protobuf library, which is loaded by the first such call. */
  async function load(): Promise<void> {
    const { controlMethods } = await import('./dapr/control/control-methods.ts');
    for (const [path, method] of controlMethods(options)) methods.set(path, method);
  }

  function lookup(path: string): Method | Promise<Method> {
    const known = methods.get(path);
    if (known !== undefined) return known;
    if (!path.startsWith(DAPR_PREFIX) && !path.startsWith(REFLECTION_PREFIX)) return proxied;
    loading ??= load();
    return loading.then(() => methods.get(path) ?? proxied);
  }

  // The order is the reference's.
  const observers: CallObserver[] = [];
  if (options.tracing !== undefined) observers.push(tracing(options.tracing));
  if (observer !== undefined) observers.push(metrics(observer));
  if (apiLogging?.enabled) observers.push(apiLog(apiLogging.logger));
  return {
    lookup,
    admit: createAdmission(options),
    observers,
    maxMessageSize: options.maxMessageSize,
    errorOf: (cause) => readError(cause, errorInfo),
    // Nothing of the failure goes into the log but its kind: its text may hold what a store answered.
    onDefect(path, cause) {
      const kind = cause instanceof Error ? cause.name : typeof cause;
      logger?.error(`${path} failed by a defect of Coffer or of a driver: ${kind}`);
    },
  };
}
