import { createHmac, randomBytes } from 'node:crypto';
import type { CallOptions } from '@coffer/core/driver';
import type { TokenGrant } from './grant.ts';

/** A way to get a token. Fails with `SecretStoreError`. */
export interface LoginMethod {
  /**
   * Whether it works at any time. Otherwise (a credential that expires or is good for a number of times) the token is kept
   * alive also while nobody uses it.
   */
  readonly isRepeatable: boolean;
  /** Whether tokens are issued for this store alone, which then revokes what it no longer needs. */
  readonly isRevoked: boolean;
  /** Reads the credentials as they are now. */
  prepare(options: CallOptions): Promise<LoginAttempt>;
}

/** One login, ready to be sent. */
export interface LoginAttempt {
  /** Equal for attempts with the same credentials; they can't be told from it. */
  readonly fingerprint: string;
  send(options: CallOptions): Promise<TokenGrant>;
}

const key = randomBytes(32);

export function fingerprintOf(...credentials: readonly (string | undefined)[]): string {
  return createHmac('sha256', key).update(JSON.stringify(credentials)).digest('base64');
}
