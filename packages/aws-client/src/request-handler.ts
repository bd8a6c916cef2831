import type { HttpClient } from '@coffer/http-client';

/** A request as the SDK has signed it; the parts that are looked at. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/**
 * How SDK clients send: over Coffer's own client, which heeds the proxy variables, limits answers and the time for them,
 * ends an aborted request at the socket and follows no redirect. The SDK's own handler does none of the first two.
 */
export class RequestHandler {
  readonly metadata: { readonly handlerProtocol: string } = { handlerProtocol: 'http/1.1' };
  readonly #client: HttpClient;

  constructor(client: HttpClient) {
    this.#client = client;
  }

  async handle(request: SdkRequest, options: { readonly abortSignal?: unknown } = {}): Promise<{ response: SdkResponse }> {
    const { method, headers, body } = request;
    const signal = options.abortSignal instanceof AbortSignal ? options.abortSignal : undefined;
    const sent = { method, url: urlOf(request), headers, ...bodyOf(body) };
    const answer = await this.#client.request(sent, { signal });
    const names = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
    return { response: { statusCode: answer.status, headers: Object.fromEntries(names), body: answer.body } };
  }

  /** Nothing can be changed later; the SDK asks for the three members. */
  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  destroy(): void {}
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): URL {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${escaped(name)}=${escaped(String(one ?? ''))}`),
  );
  const search = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  return new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${search}`);
}

/** As signatures want it. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function bodyOf(body: unknown): { readonly body?: string | Buffer } {
  if (typeof body === 'string') return { body };
  if (body instanceof Uint8Array) return { body: Buffer.from(body.buffer, body.byteOffset, body.byteLength) };
  if (body === undefined || body === null) return {};
  throw new TypeError('the SDK sends a stream, which is not expected of a service of secrets');
}
