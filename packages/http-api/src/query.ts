import { unescapeQuery } from './text.ts';

const NO_METADATA: Readonly<Record<string, string>> = Object.freeze(Object.create(null));
const PREFIX = 'metadata.';

/**
 * Request metadata of a raw query string: the parameters `metadata.<name>`, each with its first value. A pair with a
 * `;` or a bad escape is left out.
 */
export function requestMetadata(query: string): Readonly<Record<string, string>> {
  let metadata = NO_METADATA;
  for (const [name, value] of queryPairs(query)) {
    if (!name.startsWith(PREFIX)) continue;
    const hint = name.slice(PREFIX.length);
    if (metadata === NO_METADATA) metadata = Object.create(null);
    if (!(hint in metadata)) (metadata as Record<string, string>)[hint] = value;
  }
  return metadata;
}

/** First value of a query parameter, `undefined` without one. */
export function queryValue(query: string, wanted: string): string | undefined {
  return queryPairs(query).find(([name]) => name === wanted)?.[1];
}

const NO_PAIRS: readonly (readonly [string, string])[] = [];

function queryPairs(query: string): readonly (readonly [string, string])[] {
  if (query === '') return NO_PAIRS;
  const pairs: [string, string][] = [];
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    const name = unescapeQuery(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : unescapeQuery(pair.slice(equals + 1));
    if (name !== undefined && value !== undefined) pairs.push([name, value]);
  }
  return pairs;
}
