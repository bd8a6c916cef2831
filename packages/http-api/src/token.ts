import { createTokenMatcher } from '@coffer/core/internal';
import type { ApiRequest } from './options.ts';

export const TOKEN_HEADER = 'dapr-api-token';

/** Whether a request carries the API token. */
export type TokenCheck = (request: ApiRequest) => boolean;

/** `undefined` when no token is configured. */
export function createTokenCheck(token: string | undefined): TokenCheck | undefined {
  const matches = createTokenMatcher(token);
  return matches && ((request) => matches(presentedToken(request)));
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
