import { timingSafeEqual } from 'node:crypto';
import type { ApiRequest } from './options.ts';

export const TOKEN_HEADER = 'dapr-api-token';

/** Whether a request carries the API token. The time it takes tells nothing of the token but its length. */
export type TokenCheck = (request: ApiRequest) => boolean;

/** `undefined` when no token is configured. */
export function createTokenCheck(token: string | undefined): TokenCheck | undefined {
  if (token === undefined || token === '') return undefined;
  const expected = Buffer.from(token, 'utf8');
  const presented = Buffer.alloc(expected.length);
  return (request) => {
    const text = presentedToken(request);
    // A shorter token leaves zero bytes, which no header can hold; a longer one is cut here and refused below.
    presented.fill(0);
    presented.write(text, 'latin1');
    const equal = timingSafeEqual(expected, presented);
    return equal && text.length === expected.length;
  };
}

/** The first header of the name; node:http joins repeated ones. */
function presentedToken(request: ApiRequest): string {
  const joined = request.headers[TOKEN_HEADER];
  if (joined === undefined) return '';
  if (typeof joined !== 'string') return joined[0] ?? '';
  if (!joined.includes(', ')) return joined;
  const { rawHeaders } = request;
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === TOKEN_HEADER);
  return rawHeaders[at + 1] ?? joined;
}
