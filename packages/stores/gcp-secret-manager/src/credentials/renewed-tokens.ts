import { Renewed } from '@coffer/http-client';
import type { AccessToken, TokenSource } from './types.ts';

/** Milliseconds before its end in which a token is replaced. Metadata servers give out a new one from five minutes before on. */
const EARLY = 225_000;
/** Milliseconds before its end from which a token is not sent any more: it has to arrive valid. */
const LAST = 10_000;
/** Milliseconds until an early replacement that failed is tried again. */
const PAUSE = 10_000;

/** The tokens of a source. `timeout`: milliseconds for one request. */
export function renewedTokens(source: TokenSource, timeout: number): Renewed<AccessToken> {
  const isSame = (one: AccessToken, other: AccessToken) => one.text === other.text;
  return new Renewed(source, { early: EARLY, last: LAST, pause: PAUSE, timeout, isSame });
}
