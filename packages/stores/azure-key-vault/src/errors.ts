import {
  type DriverDialect,
  type ErrorCode,
  isSecretStoreError,
  SecretStoreError,
  type SecretStoreErrorOptions,
  secretStoreErrorFrom,
} from '@coffer/core/driver';
import { HttpFailure } from '@coffer/http-client';
import { VaultFailure } from './vault-failure.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly hint?: string;
}

const NO_VAULT = 'the answer is not that of a Key Vault: check vaultName or vaultUrl';
const DISABLED = 'enable the secret, or ask for a version that is enabled';
const NETWORK = "the vault's firewall does not admit this address: allow it there, or use a private endpoint";
const TOKEN = 'the vault does not take the token: check that the credentials are of the tenant of the vault';

/** A failure of a call in the contract's words. */
export function storeError(
  cause: unknown,
  operation: string,
  dialect: Pick<DriverDialect['azureKeyVault'], 'errorText'>,
): SecretStoreError {
  if (isSecretStoreError(cause)) return cause;
  const options: SecretStoreErrorOptions = { operation, cause };
  if (cause instanceof VaultFailure) {
    const { code, hint } = meaningOf(cause, operation);
    const detail = dialect.errorText === 'whole_answer' ? cause.wholeAnswer : cause.message;
    return new SecretStoreError(code, detail, { ...options, hint });
  }
  const failure = httpFailureIn(cause);
  if (failure !== undefined) {
    const { code, message, retryable, hint } = failure;
    return new SecretStoreError(code, message, { ...options, retryable, hint });
  }
  return secretStoreErrorFrom(cause, options);
}

/** The order matters: a disabled secret and a closed network are 403 as a missing permission is. */
function meaningOf({ status, code, innerCode, message }: VaultFailure, operation: string): Meaning {
  switch (status) {
    case 400:
      return { code: 'invalid_argument' };
    case 401:
      return { code: 'unauthenticated', hint: TOKEN };
    case 403:
      if (innerCode === 'SecretDisabled' || /\bdisabled secret\b/i.test(message)) {
        return { code: 'failed_precondition', hint: DISABLED };
      }
      if (/^ForbiddenBy(Firewall|Connection)$/.test(innerCode)) return { code: 'permission_denied', hint: NETWORK };
      return { code: 'permission_denied', hint: permissionHint(innerCode, operation) };
    case 404:
      return code === 'SecretNotFound' ? { code: 'not_found' } : { code: 'unavailable', hint: NO_VAULT };
    case 409:
      return { code: 'failed_precondition' };
    case 429:
      return { code: 'resource_exhausted', hint: 'the vault is throttling: read less often, or through a cache' };
  }
  if (status === 408 || status >= 500) return { code: 'unavailable' };
  if (status === 0 || (status >= 300 && status < 400)) return { code: 'unavailable', hint: NO_VAULT };
  return { code: 'unknown' };
}

function permissionHint(innerCode: string, operation: string): string {
  const reading = operation === 'get';
  if (innerCode === 'ForbiddenByPolicy' || innerCode === 'AccessDenied') {
    return `allow "${reading ? 'get' : 'list'}" for secrets in the vault's access policies`;
  }
  const action = reading ? 'getSecret/action' : 'readMetadata/action';
  return `assign the role "Key Vault Secrets User", or one with Microsoft.KeyVault/vaults/secrets/${action}, on the vault or the secret`;
}

/** Ours, at the bottom of what the SDK made of it. */
function httpFailureIn(cause: unknown): HttpFailure | undefined {
  for (let at = cause, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof HttpFailure) return at;
  }
  return undefined;
}
