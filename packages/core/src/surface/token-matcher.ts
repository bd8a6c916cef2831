import { timingSafeEqual } from 'node:crypto';

/** Whether a byte string is the API token. The time it takes tells nothing of the token but its length. */
export type TokenMatcher = (presented: string) => boolean;

/** `undefined` when no token is configured. */
export function createTokenMatcher(token: string | undefined): TokenMatcher | undefined {
  if (token === undefined || token === '') return undefined;
  const expected = Buffer.from(token, 'utf8');
  const presented = Buffer.alloc(expected.length);
  return (text) => {
    // A shorter token leaves zero bytes, which no header can hold; a longer one is cut here and refused below.
    presented.fill(0);
    presented.write(text, 'latin1');
    const equal = timingSafeEqual(expected, presented);
    return equal && text.length === expected.length;
  };
}
