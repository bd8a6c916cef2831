import { STATUS_CODES } from 'node:http';
import type { RequestSpan, SpanAttributes, TraceProblem, Tracing } from '@coffer/core';
import type { Exchange } from './exchange.ts';
import { lastHeaders, repeatedHeader } from './repeated-header.ts';
import { textOfBytes, unescapeQuery } from './text.ts';
import { TOKEN_HEADER } from './token.ts';

/** Starts the span of a request; `undefined` when there is nothing to trace. Probes are never traced. */
export function startSpan(tracing: Tracing, exchange: Exchange): RequestSpan | TraceProblem | undefined {
  const { request, path } = exchange;
  const { traceparent, tracestate, baggage } = request.headers;
  if (!tracing.tracesAll && traceparent === undefined && baggage === undefined) return undefined;
  if (path.includes('/healthz')) return undefined;
  return tracing.start(path, {
    traceparent: repeatedHeader(request, 'traceparent', traceparent)?.[0],
    tracestate: repeatedHeader(request, 'tracestate', tracestate)?.[0],
    baggage: repeatedHeader(request, 'baggage', baggage)?.join(','),
  });
}

/** Puts what the answer tells of the trace into its headers, and ends the span. */
export function endSpan(span: RequestSpan, exchange: Exchange, status: number): void {
  const { traceparent, tracestate, baggage } = span;
  if (traceparent !== undefined) exchange.addHeader('Traceparent', traceparent);
  if (tracestate !== undefined) exchange.addHeader('Tracestate', tracestate);
  if (baggage !== undefined) exchange.addHeader('Baggage', baggage);
  const failure = status < 400 ? undefined : `Code(${status}): ${STATUS_CODES[status] ?? 'Unknown'}`;
  span.end(() => attributesOf(exchange, status), failure);
}

/** The reference's. The API token is never among them, also not one that was refused. */
function attributesOf(exchange: Exchange, status: number): SpanAttributes {
  const { method, path, route, request, rejection } = exchange;
  const call = `${method} ${path}`;
  const { [TOKEN_HEADER]: _, ...given } = lastHeaders(request, 'dapr-');
  const { remoteAddress = '', remotePort } = request.socket;
  const store = exchange.parameters[0] ?? '';
  return {
    ...given,
    ...(route?.group === 'secrets' && rejection === undefined
      ? {
          'db.system': 'secrets',
          'db.connection_string': 'secrets',
          'db.statement': call,
          'db.name': unescapeQuery(store) ?? store,
        }
      : {}),
    'dapr.protocol': 'http',
    'dapr.api': call,
    'dapr.status_code': String(status),
    'http.request.method': method,
    'url.full': textOfBytes(exchange.url),
    'server.address': remoteAddress.replace(/^::ffff:(?=\d+\.)/, ''),
    'server.port': remotePort === undefined ? '' : String(remotePort),
  };
}
