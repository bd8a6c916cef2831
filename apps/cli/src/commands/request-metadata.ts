import type { RequestMetadata } from '@coffer/core/driver';
import { Failure } from '../failure.ts';

/** Hints to the store from `name=value` texts. */
export function requestMetadata(pairs: readonly string[]): RequestMetadata {
  const metadata: Record<string, string> = Object.create(null);
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new Failure('usage', '--metadata takes name=value', { hint: 'for example --metadata version_id=3' });
    metadata[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return metadata;
}
