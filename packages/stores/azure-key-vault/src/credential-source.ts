import type { TokenCredential } from '@azure/core-auth';
import type { DriverDialect, Logger } from '@coffer/core/driver';
import type { AzureCloud } from './cloud.ts';
import type { AzureKeyVaultMetadata } from './metadata.ts';
import type { AzureTransport } from './transport.ts';

/** What a credential is made of. */
export interface CredentialContext {
  readonly metadata: AzureKeyVaultMetadata;
  readonly cloud: AzureCloud;
  readonly dialect: DriverDialect['azureKeyVault'];
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly transport: AzureTransport;
}

/**
 * The credential of a component. Nothing is asked of the network; credentials that are given and malformed fail it with a
 * SecretStoreError. The store keeps the tokens it gets: at most one `getToken` runs at a time, for `cloud.scope`, and again
 * before the end of the one before. A failed `getToken` is a SecretStoreError (`unauthenticated`: refused; `unavailable`:
 * nobody answers), or an error with an `HttpFailure` among its causes.
 */
export type CredentialSource = (context: CredentialContext) => Promise<TokenCredential>;
