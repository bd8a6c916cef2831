import { Renewed } from '@coffer/http-client';
import type { CredentialSource, Credentials } from './types.ts';

/** Milliseconds before their end in which credentials are replaced, while they go on being used. */
const EARLY = 10 * 60_000;
/** Milliseconds before their end from which credentials are not used any more: a request has to arrive with valid ones. */
const LAST = 30_000;
/** Milliseconds until an early replacement that failed is tried again. */
const PAUSE = 30_000;

/** The credentials of a source. `timeout`: milliseconds for getting new ones. */
export function renewedCredentials(source: CredentialSource, timeout: number): Renewed<Credentials> {
  const isSame = (one: Credentials, other: Credentials) => one.keyId === other.keyId;
  return new Renewed(source, { early: EARLY, last: LAST, pause: PAUSE, timeout, isSame });
}
