import { GrpcError, StatusCode } from '../server/status.ts';
import type { Method, ServerCall } from '../server/types.ts';
import { RUNTIME_PREFIX, WORKFLOW_SERVICE } from './paths.ts';

/*
 * The reference takes calls of services that it does not know for calls of other applications, and passes them on to the
 * one that the metadata name. Coffer passes nothing on.
 */

const NO_TRACE = 'cannot proxy request: missing dapr-callee-app-id or dapr-app-id metadata';
const NO_TARGET = 'failed to proxy request: required metadata dapr-callee-app-id or dapr-app-id not found';
const NO_RESOLVER = 'failed to proxy request: name resolver not initialized';

/** Whether a call says which application it is for. */
export function namesApplication({ metadata }: ServerCall): boolean {
  return metadata.get('dapr-callee-app-id') !== undefined || metadata.get('dapr-app-id') !== undefined;
}

/** The method that answers every call of an unknown service or method. */
export function proxiedMethod(isTracing: boolean): Method {
  const isOwn = (path: string): boolean => path.startsWith(RUNTIME_PREFIX) || path.startsWith(`/${WORKFLOW_SERVICE}`);
  return refusing((call) => {
    if (namesApplication(call)) return NO_RESOLVER;
    return isTracing && !isOwn(call.path) ? NO_TRACE : NO_TARGET;
  });
}

/** Reflection as it is in the reference: while tracing is on, its calls are taken for another application's. */
export function tracedReflection(method: Method): Method {
  const refused = refusing(() => NO_TRACE);
  return {
    ...method,
    kind: 'streaming',
    handle(requests: AsyncIterable<unknown>, call: ServerCall) {
      const { handle } = (namesApplication(call) ? method : refused) as Extract<Method, { kind: 'streaming' }>;
      return handle(requests, call);
    },
  };
}

function refusing(reason: (call: ServerCall) => string): Method {
  return {
    kind: 'streaming',
    decode: (message) => message,
    encode: () => new Uint8Array(),
    handle(_: unknown, call: ServerCall) {
      throw new GrpcError(StatusCode.unknown, reason(call));
    },
  };
}
