import type { RequestSpan, SpanAttributes, Tracing } from '@coffer/core';
import { GrpcError, StatusCode } from '../server/status.ts';
import type { CallObserver, ServerCall } from '../server/types.ts';
import { DAPR_PREFIX } from './paths.ts';
import type { GetSecretRequest } from './secret-messages.ts';

const TRACE_NAME = 'grpc-trace-bin';
const GET_SECRET = `${DAPR_PREFIX}GetSecret`;

/** Traces every admitted call. Its answer tells of the trace before anything else is sent. */
export function tracing(given: Tracing): CallObserver {
  const spans = new Map<ServerCall, RequestSpan>();
  return {
    started(call) {
      const { metadata, path } = call;
      const [traceparent, baggage] = [metadata.get('traceparent'), metadata.get('baggage')];
      const binary = metadata.getBytes(TRACE_NAME);
      if (!given.tracesAll && traceparent === undefined && baggage === undefined && binary === undefined) return undefined;
      const span = given.start(path, {
        traceparent,
        tracestate: metadata.get('tracestate'),
        baggage: baggage && metadata.getAll('baggage').join(','),
        binary,
      });
      if (span.problem !== undefined) return new GrpcError(StatusCode.invalidArgument, span.problem);
      tell(span, call);
      spans.set(call, span);
      return undefined;
    },
    finished(call, _, error) {
      const span = spans.size === 0 ? undefined : spans.get(call);
      if (span === undefined) return;
      spans.delete(call);
      span.end(() => attributesOf(call), error?.message);
    },
  };
}

function tell(span: RequestSpan, call: ServerCall): void {
  const baggage = span.normalisedBaggage();
  if (baggage !== undefined) call.addHeader('baggage', baggage);
  const context = call.unary ? span.binary() : undefined;
  if (context !== undefined) call.addHeader(TRACE_NAME, context);
}

/** The reference's. */
function attributesOf({ path, metadata, request }: ServerCall): SpanAttributes {
  const attributes: Record<string, string> = {};
  for (const [name, value] of metadata.entries()) {
    // The token is hidden where one is asked for; one that nobody asked for is nobody's business either.
    if (name.startsWith('dapr-') && !name.endsWith('-bin') && name !== 'dapr-api-token') {
      attributes[name] = Buffer.from(value, 'latin1').toString('utf8');
    }
  }
  if (path === GET_SECRET) {
    attributes['db.name'] = (request as GetSecretRequest).store;
    attributes['rpc.service'] = 'Dapr';
    attributes['db.system'] = 'secrets';
    attributes['db.statement'] = path;
    attributes['db.connection_string'] = 'secrets';
  }
  attributes['dapr.protocol'] = 'grpc';
  attributes['dapr.api'] = path;
  return attributes;
}
