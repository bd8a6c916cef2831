import type { Exchange } from './exchange.ts';
import type { ApiRequest } from './options.ts';
import { type MESSAGES, protoJsonProblem } from './proto-json.ts';

// What follows of a body that is refused already is read up to here, so that the connection can be used again.
const DRAIN_BYTES = 256 * 1024;

/** Whether a request announces a body. */
export function hasBody(request: ApiRequest): boolean {
  if ('stream' in request) return !request.stream.endAfterHeaders;
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** The whole body. `undefined` when it cannot be had: the exchange is answered then. */
export async function readBody(exchange: Exchange): Promise<Buffer | undefined> {
  const { request, settings } = exchange;
  const limit = settings.maxBodySize;
  const { bytes, size, problem } = await collect(request, limit);
  if (problem === undefined && size <= limit) return bytes;
  if (problem === undefined && size === limit + 1 && settings.runtime.dialect.http.bodyOneOverLimit === 'cut') {
    return bytes.subarray(0, limit);
  }
  // With bytes left over, nobody knows where the next message starts.
  if (!request.readableEnded) exchange.closeAfterwards();
  exchange.error(400, 'ERR_BODY_READ', `failed to read request body: ${problem ?? 'stream too large'}`);
  return undefined;
}

interface Collected {
  /** At least the first `limit + 1` bytes of a body that is no larger than that. */
  readonly bytes: Buffer;
  /** What arrived, which may be less than the whole when that is too large. */
  readonly size: number;
  readonly problem: string | undefined;
}

function collect(request: ApiRequest, limit: number): Promise<Collected> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (problem?: string) => {
      request.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      resolve({ bytes: Buffer.concat(chunks), size, problem });
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit + 1) chunks.push(chunk);
      else chunks.length = 0;
      if (size > limit + DRAIN_BYTES) settle();
    };
    const onEnd = () => settle();
    const onError = (cause: Error) => settle(cause.message);
    const onClose = () => settle('unexpected EOF');
    // Nothing more happens to a request that an outer framework has read, or that failed before we came.
    if (request.readableEnded) settle();
    else if (request.destroyed) settle(request.errored?.message ?? 'unexpected EOF');
    else request.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
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
