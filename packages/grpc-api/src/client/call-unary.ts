import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { MessageReader } from '../server/message-reader.ts';
import { GrpcError, StatusCode } from '../server/status.ts';
import { frameMessage } from '../server/wire.ts';
import { CallError } from './call-error.ts';
import { errorOfHead, errorOfReset } from './transport-errors.ts';

export interface CallOptions {
  /** What goes along with the call; names in lower case, values in printable ASCII. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The most bytes that the answer may have. */
  readonly maxMessageSize: number;
  readonly signal?: AbortSignal | undefined;
  /** What the peer hears when `signal` aborts: that the call is cancelled, or nothing. */
  readonly onAbort?: 'cancel' | 'abandon';
}

/**
 * One message there, one back: a unary call, or a streaming one that needs no more than that. Fails with `CallError`, or
 * with the signal's reason at once when that aborts first.
 */
export function callUnary(
  session: ClientHttp2Session,
  path: string,
  message: Uint8Array,
  { metadata = {}, maxMessageSize, signal, onAbort = 'cancel' }: CallOptions,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stream = openStream(session, path, metadata);
    if (stream instanceof CallError) return reject(stream);
    const reader = new MessageReader({ maxSize: maxMessageSize, encoding: undefined });
    let answer: Buffer | undefined;
    let end: IncomingHttpHeaders | undefined;
    let failure: unknown;
    const giveUp = () => {
      reject(signal?.reason);
      if (onAbort === 'cancel') stream.close(constants.NGHTTP2_CANCEL);
    };
    const fail = (cause: unknown) => {
      failure ??= cause;
      stream.close(constants.NGHTTP2_CANCEL);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    stream.on('response', (head) => {
      // An answer without a message has its status where others have their head.
      if (head['grpc-status'] !== undefined) end = head;
      const refused = end === undefined ? errorOfHead(head) : undefined;
      if (refused !== undefined) fail(refused);
    });
    stream.on('trailers', (trailers) => {
      end = trailers;
    });
    stream.on('data', (chunk: Buffer) => {
      if (answer !== undefined || failure !== undefined) return;
      try {
        reader.push(chunk);
        // Only a compressed message is a promise, and none is accepted.
        answer = reader.next() as Buffer | undefined;
      } catch (cause) {
        fail(cause instanceof GrpcError ? new CallError(cause.code, cause.message) : cause);
      }
    });
    // Whatever it is, `close` follows, and knows what there is to tell.
    stream.on('error', () => undefined);
    stream.on('close', () => {
      signal?.removeEventListener('abort', giveUp);
      failure ??= end === undefined ? errorOfEnd(session, stream) : errorOfStatus(end);
      if (failure === undefined && answer === undefined) failure = new CallError(StatusCode.internal, 'unexpected EOF');
      if (failure === undefined) resolve(answer as Buffer);
      else reject(failure);
    });
    stream.end(frameMessage(message));
    return undefined;
  });
}

/** A connection that ends just now takes no calls any more: the error says so. */
function openStream(
  session: ClientHttp2Session,
  path: string,
  metadata: Readonly<Record<string, string>>,
): ClientHttp2Stream | CallError {
  if (session.closed || session.destroyed)
    return new CallError(StatusCode.unavailable, 'the connection is draining', { unseen: true });
  return session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': 'coffer',
    ...metadata,
  });
}

/** The failure of a stream that ended without a status. */
function errorOfEnd(session: ClientHttp2Session, stream: ClientHttp2Stream): CallError {
  const code = stream.rstCode ?? constants.NGHTTP2_NO_ERROR;
  if (code === constants.NGHTTP2_REFUSED_STREAM) return errorOfReset(code);
  if (session.destroyed || session.closed) return new CallError(StatusCode.unavailable, 'error reading from server: EOF');
  if (code !== constants.NGHTTP2_NO_ERROR) return errorOfReset(code);
  return new CallError(StatusCode.internal, 'server closed the stream without sending trailers');
}

/** The failure that a status tells; undefined for OK. */
function errorOfStatus(end: IncomingHttpHeaders): CallError | undefined {
  const status = String(end['grpc-status']);
  const code = /^\d+$/.test(status) ? Number(status) : StatusCode.unknown;
  return code === StatusCode.ok ? undefined : new CallError(code, decodeMessage(String(end['grpc-message'] ?? '')));
}

/** The text of `grpc-message`: percent-encoded UTF-8. */
function decodeMessage(text: string): string {
  const bytes = text.replace(/%([\da-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
