import { Renewed, type ValueSource } from '@coffer/http-client';
import type { TemporaryKeys } from './keys.ts';

/** Milliseconds before its end in which a key is replaced while reads go on with it. */
const EARLY = 5 * 60_000;
/** Milliseconds before its end from which a key is not used any more: a request has to arrive before it. */
const LAST = 10_000;
/** Milliseconds between two attempts to replace a key that is still good, and between two refusals that are believed. */
const PATIENCE = 30_000;

/** The temporary keys of a source. `timeout`: milliseconds for one key. */
export function renewedKeys(source: ValueSource<TemporaryKeys>, timeout: number): Renewed<TemporaryKeys> {
  const isSame = (one: TemporaryKeys, other: TemporaryKeys) => one.secretId === other.secretId;
  return new Renewed(source, { early: EARLY, last: LAST, pause: PATIENCE, patience: PATIENCE, timeout, isSame });
}
