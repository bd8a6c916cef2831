import type { CallOptions } from '@coffer/core/driver';
import type { Keys } from '../signature.ts';

/** Keys, and when they end. */
export interface Credentials extends Keys {
  /** Milliseconds since the epoch; `Infinity` for keys that last. */
  readonly expiresAt: number;
}

/** Gets credentials. Fails with `SecretStoreError`, whose detail says which source it was. */
export type CredentialSource = (options: CallOptions) => Promise<Credentials>;

/** Keys that nobody replaces. */
export function lastingKeys(keyId: string, secret: string, token: string): CredentialSource {
  const credentials = { keyId, secret, token, expiresAt: Number.POSITIVE_INFINITY };
  return async () => credentials;
}
