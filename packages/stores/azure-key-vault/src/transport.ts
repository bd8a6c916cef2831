import type { HttpClient as SdkClient } from '@azure/core-rest-pipeline';
import { HttpClient, HttpFailure } from '@coffer/http-client';

/** Options that every client of Microsoft's SDK takes: spread them into a credential's. */
export interface SdkOptions {
  /** Limits answers, ends at the socket when aborted, follows no redirect. */
  readonly httpClient: SdkClient;
  readonly retryOptions: { readonly maxRetries: number; readonly maxRetryDelayInMs?: number };
  /** A redirect is an answer: none is followed, to whichever host. */
  readonly redirectOptions: { readonly maxRetries: 0 };
}

/** How this component reaches the network. */
export interface AzureTransport {
  /** For the vault. */
  readonly vault: HttpClient;
  /** For token endpoints: through the proxies that the environment names. */
  readonly login: SdkOptions;
  /** For metadata services of the machine (IMDS, App Service …): never through a proxy. Nobody's library asks them. */
  readonly local: Pick<HttpClient, 'request'>;
  /** Ends idle connections. */
  close(): void;
}

export interface TransportOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds for one request; 30,000 by default. */
  readonly timeout?: number;
  /** PEM text of the authorities to trust beside those of the system. */
  readonly ca?: string | undefined;
}

/** A page of 25 secrets with all the tags that they may have stays far below. */
const LARGEST_ANSWER = 4 * 2 ** 20;

export function createTransport({ environment, timeout, ca }: TransportOptions): AzureTransport {
  const limits = { maxResponse: LARGEST_ANSWER, ...(timeout === undefined ? {} : { timeout }) };
  const common = { ...limits, ...(ca === undefined ? {} : { tls: { ca } }) };
  const vault = new HttpClient({ ...common, environment });
  const login = new HttpClient({ ...common, environment });
  const local = new HttpClient({ ...common, proxy: 'none' });
  return {
    vault,
    login: sdkOptions(login),
    local,
    close() {
      for (const client of [vault, login, local]) client.close();
    },
  };
}

function sdkOptions(client: HttpClient): SdkOptions {
  return {
    httpClient: sdkClientOf(client),
    retryOptions: { maxRetries: 2, maxRetryDelayInMs: 4000 },
    redirectOptions: { maxRetries: 0 },
  };
}

/** Our client in the SDK's terms, which are loaded with its first request. A failure is the SDK's own kind of error, with ours as its cause. */
function sdkClientOf(client: HttpClient): SdkClient {
  return {
    async sendRequest(request) {
      const { createHttpHeaders, RestError } = await import('@azure/core-rest-pipeline');
      const { method, url, abortSignal, timeout } = request;
      const body = request.body ?? undefined;
      if (body !== undefined && typeof body !== 'string') throw new TypeError('a request of the SDK has a body that is no text');
      const aborted = abortSignal === undefined ? undefined : signalOf(abortSignal);
      try {
        // What comes compressed would have to be unpacked within the limit of size.
        const { 'accept-encoding': _, ...sent } = request.headers.toJSON();
        const {
          status,
          headers,
          body: answer,
        } = await client.request(
          { method, url: new URL(url), headers: sent, ...(body === undefined ? {} : { body }) },
          { signal: aborted, ...(timeout > 0 ? { timeout } : {}) },
        );
        const plain = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')] as const);
        return { request, status, headers: createHttpHeaders(Object.fromEntries(plain)), bodyAsText: answer.toString() };
      } catch (cause) {
        if (!(cause instanceof HttpFailure)) throw cause;
        if (cause.reason === 'canceled') throw new DOMException('The operation was aborted.', 'AbortError');
        throw Object.assign(new RestError(cause.message, { code: RestError.REQUEST_SEND_ERROR, request }), { cause });
      }
    },
  };
}

/** The SDK's signals are of its own kind, though most are real ones. */
function signalOf(given: {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
}): AbortSignal {
  if (given instanceof AbortSignal) return given;
  const controller = new AbortController();
  if (given.aborted) controller.abort();
  given.addEventListener('abort', () => controller.abort());
  return controller.signal;
}
