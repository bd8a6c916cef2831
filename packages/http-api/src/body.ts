import { type MESSAGES, protoJsonProblem } from './proto-json.ts';
import type { Exchange } from './exchange.ts';
import type { ApiRequest } from './options.ts';

// What follows of a body that is refused already is read up to here, so that the connection can be used again.
const DRAIN_BYTES = 256 * 1024;

/** Whether a request announces a body. */
export function hasBody(request: ApiRequest): boolean {
  if ('stream' in request) return !request.stream.endAfterHeaders;
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** The whole body. `undefined` when it cannot be had: the exchange is answered then. */
export function readBody(exchange: Exchange): Promise<Buffer | undefined> {
  const { request, settings } = exchange;
  const { maxBodySize, runtime } = settings;
  const cutsOneByte = runtime.dialect.http.bodyOneOverLimit === 'cut';
  return new Promise((resolve) => {
    // An outer framework may have read it before us; then there is nothing left that could be waited for.
    if (request.readableEnded) return resolve(Buffer.alloc(0));
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (problem: string | undefined) => {
      request.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      exchange.requestBytes = size;
      if (problem === undefined) return resolve(Buffer.concat(chunks));
      exchange.error(400, 'ERR_BODY_READ', `failed to read request body: ${problem}`);
      resolve(undefined);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (maxBodySize === 0 || size <= maxBodySize + 1) chunks.push(chunk);
      else {
        chunks.length = 0;
        if (size <= maxBodySize + DRAIN_BYTES) return;
        if (request.httpVersionMajor < 2) exchange.addHeader('Connection', 'close');
        settle('stream too large');
      }
    };
    const onEnd = () => {
      if (maxBodySize === 0 || size <= maxBodySize) return settle(undefined);
      if (size > maxBodySize + 1 || !cutsOneByte) return settle('stream too large');
      const body = Buffer.concat(chunks).subarray(0, maxBodySize);
      chunks.splice(0, chunks.length, body);
      settle(undefined);
    };
    const onError = (cause: Error) => {
      if (request.httpVersionMajor < 2) exchange.addHeader('Connection', 'close');
      settle(cause.message);
    };
    const onClose = () => settle('unexpected EOF');
    request.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
  });
}

/** Whether the request may go on: it has no body, or one that is protobuf JSON for `message`. Answers it otherwise. */
export async function acceptBody(exchange: Exchange, message: keyof typeof MESSAGES): Promise<boolean> {
  const body = await readBody(exchange);
  if (body === undefined) return false;
  const problem = body.length === 0 ? undefined : protoJsonProblem(body, message);
  if (problem === undefined) return true;
  exchange.error(400, 'ERR_MALFORMED_REQUEST', `failed deserializing HTTP body: ${problem}`);
  return false;
}
