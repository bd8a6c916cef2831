import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import type { CallHead } from './call.ts';
import { GrpcError, StatusCode } from './status.ts';
import { encodeStatusMessage, parseTimeout } from './wire.ts';

/** Why a request is no gRPC call: the headers of its answer. */
export interface HeadRefusal {
  readonly refusal: OutgoingHttpHeaders;
}

const CONTENT_TYPE = 'application/grpc';
/** Flag of a HEADERS frame that nothing follows. */
export const END_STREAM = 1;

/** The head of a call. Requests that are no gRPC calls are refused as gRPC says, with a status of HTTP as well. */
export function readHead(headers: IncomingHttpHeaders, flags: number, rawHeaders: readonly string[]): CallHead | HeadRefusal {
  const type = headers['content-type'] ?? '';
  const isPlain = type === CONTENT_TYPE;
  if (!isPlain && !/^application\/grpc[+;]/.test(type)) {
    return refuse(415, StatusCode.invalidArgument, `invalid gRPC request content-type ${JSON.stringify(type)}`);
  }
  const method = headers[':method'] ?? '';
  if (method !== 'POST') {
    const text = `Received a HEADERS frame with :method ${JSON.stringify(method)} which should be POST`;
    return refuse(405, StatusCode.internal, text);
  }
  const timeoutText = headers['grpc-timeout'];
  const timeout = timeoutText === undefined ? undefined : parseTimeout(timeoutText.toString());
  if (timeoutText !== undefined && timeout === undefined) {
    return refuse(400, StatusCode.internal, `malformed grpc-timeout: ${JSON.stringify(timeoutText)}`);
  }
  return {
    path: headers[':path'] ?? '',
    headers,
    rawHeaders,
    timeout,
    contentType: isPlain ? CONTENT_TYPE : (type.split(';', 1)[0] as string),
    endsWithHeaders: (flags & END_STREAM) !== 0,
  };
}

function refuse(status: number, code: StatusCode, message: string): HeadRefusal {
  const refusal = {
    ':status': status,
    'content-type': CONTENT_TYPE,
    'grpc-status': String(code),
    'grpc-message': encodeStatusMessage(message),
  };
  return { refusal };
}

/** What is answered when nothing has the method that is asked for. */
export function unimplemented(path: string): GrpcError {
  const [, service, method] = /^\/(.*)\/([^/]*)$/.exec(path) ?? [];
  const text =
    service === undefined ? `malformed method name: ${JSON.stringify(path)}` : `unknown method ${method} for service ${service}`;
  return new GrpcError(StatusCode.unimplemented, text);
}
