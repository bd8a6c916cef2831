import { STATUS_CODES } from 'node:http';
import { constants, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2';
import { StatusCode } from '../server/status.ts';
import { CallError } from './call-error.ts';

/** gRPC codes for HTTP statuses of answers that are no gRPC answers; Unknown for the others. */
const OF_HTTP_STATUS: Readonly<Record<number, StatusCode>> = {
  400: StatusCode.internal,
  401: StatusCode.unauthenticated,
  403: StatusCode.permissionDenied,
  404: StatusCode.unimplemented,
  429: StatusCode.unavailable,
  502: StatusCode.unavailable,
  503: StatusCode.unavailable,
  504: StatusCode.unavailable,
};

/** gRPC codes for the reasons of a stream's end; Internal for the others. */
const OF_RESET: ReadonlyMap<number, StatusCode> = new Map<number, StatusCode>([
  [constants.NGHTTP2_FLOW_CONTROL_ERROR, StatusCode.resourceExhausted],
  [constants.NGHTTP2_REFUSED_STREAM, StatusCode.unavailable],
  [constants.NGHTTP2_CANCEL, StatusCode.cancelled],
  [constants.NGHTTP2_ENHANCE_YOUR_CALM, StatusCode.resourceExhausted],
  [constants.NGHTTP2_INADEQUATE_SECURITY, StatusCode.permissionDenied],
]);
const RESET_NAMES: ReadonlyMap<number, string> = new Map([
  [constants.NGHTTP2_NO_ERROR, 'NO_ERROR'],
  [constants.NGHTTP2_PROTOCOL_ERROR, 'PROTOCOL_ERROR'],
  [constants.NGHTTP2_INTERNAL_ERROR, 'INTERNAL_ERROR'],
  [constants.NGHTTP2_FLOW_CONTROL_ERROR, 'FLOW_CONTROL_ERROR'],
  [constants.NGHTTP2_SETTINGS_TIMEOUT, 'SETTINGS_TIMEOUT'],
  [constants.NGHTTP2_STREAM_CLOSED, 'STREAM_CLOSED'],
  [constants.NGHTTP2_FRAME_SIZE_ERROR, 'FRAME_SIZE_ERROR'],
  [constants.NGHTTP2_REFUSED_STREAM, 'REFUSED_STREAM'],
  [constants.NGHTTP2_CANCEL, 'CANCEL'],
  [constants.NGHTTP2_COMPRESSION_ERROR, 'COMPRESSION_ERROR'],
  [constants.NGHTTP2_CONNECT_ERROR, 'CONNECT_ERROR'],
  [constants.NGHTTP2_ENHANCE_YOUR_CALM, 'ENHANCE_YOUR_CALM'],
  [constants.NGHTTP2_INADEQUATE_SECURITY, 'INADEQUATE_SECURITY'],
  [constants.NGHTTP2_HTTP_1_1_REQUIRED, 'HTTP_1_1_REQUIRED'],
]);

/** The failure of an answer that does not come from a gRPC server; undefined when its head is a gRPC server's. */
export function errorOfHead(head: IncomingHttpHeaders & IncomingHttpStatusHeader): CallError | undefined {
  const status = head[':status'] ?? 0;
  if (status !== 200) {
    const description = `unexpected HTTP status code received from server: ${status} (${STATUS_CODES[status] ?? ''})`;
    return new CallError(OF_HTTP_STATUS[status] ?? StatusCode.unknown, description);
  }
  const type = head['content-type'] ?? '';
  if (/^application\/grpc($|[+;])/.test(type)) return undefined;
  return new CallError(StatusCode.unknown, `transport: received unexpected content-type ${JSON.stringify(type)}`);
}

/** The failure of a stream that the peer reset. */
export function errorOfReset(code: number): CallError {
  const name = RESET_NAMES.get(code) ?? String(code);
  return new CallError(OF_RESET.get(code) ?? StatusCode.internal, `stream terminated by RST_STREAM with error code: ${name}`, {
    unseen: code === constants.NGHTTP2_REFUSED_STREAM,
  });
}
