import type { HttpClient } from '@azure/core-rest-pipeline';

/** Options that every client of Microsoft's SDK takes: spread them into a credential's. */
export interface SdkOptions {
  /** Limits answers, ends at the socket when aborted, follows no redirect. */
  readonly httpClient: HttpClient;
  readonly retryOptions: { readonly maxRetries: number };
  /** A redirect is an answer: none is followed, to whichever host. */
  readonly redirectOptions: { readonly maxRetries: 0 };
}

/** How this component reaches the network. */
export interface AzureTransport {
  /** For token endpoints: through the proxies that the environment names. */
  readonly login: SdkOptions;
  /** For metadata services of the machine (IMDS, App Service …): never through a proxy. */
  readonly local: SdkOptions;
}
