import type { HttpClient } from '@coffer/http-client';

/** What all of Google's APIs are asked under; IAM decides what of it is allowed. */
export const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

export interface AccessToken {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Gets a new token, or fails with a `SecretStoreError`. Calls of one source never overlap. */
export type TokenSource = (options: { readonly signal: AbortSignal }) => Promise<AccessToken>;

export interface Credentials {
  readonly source: TokenSource;
  /** Project that the credentials' owner is billed for; empty when they name none. */
  readonly quotaProject: string;
  /** The cloud that they are for; empty when they don't say. */
  readonly universeDomain: string;
}

/** What sources of tokens work with. */
export interface CredentialContext {
  /** For addresses of the internet: through the proxy that the environment names. */
  readonly http: HttpClient;
  /** For addresses of this machine and network: never through a proxy. */
  readonly local: HttpClient;
  readonly environment: Environment;
  /** Where a metadata server answers when GCE_METADATA_HOST does not say. */
  readonly metadataHost: string;
  /** A file in which the firmware tells whose machine this is. */
  readonly productFile: string;
  readonly universeDomain: string;
  /** Hosts besides Google's that may be given credentials. */
  readonly trustedTokenHosts: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;
