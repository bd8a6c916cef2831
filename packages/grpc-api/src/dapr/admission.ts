import { createTokenMatcher } from '@coffer/core/internal';
import type { GrpcApiOptions } from '../options.ts';
import { type GrpcError, StatusCode } from '../server/status.ts';
import type { ServerCall } from '../server/types.ts';
import { createAccessCheck } from './access.ts';
import { detailedError } from './error-details.ts';

const TOKEN_NAME = 'dapr-api-token';

const NOT_IMPLEMENTED = refusal(StatusCode.unimplemented, 'Not Implemented', '501', 'requested endpoint is not available');
const TOKEN_MISSING = refusal(StatusCode.unauthenticated, 'Unauthorized', '401', 'missing api token in request metadata');
const TOKEN_WRONG = refusal(StatusCode.unauthenticated, 'Unauthorized', '401', 'authentication error: api token mismatch');

/** What is asked of a call before anything else: the access lists, then the token. `undefined` when nothing is asked. */
export function createAdmission(options: GrpcApiOptions): ((call: ServerCall) => GrpcError | undefined) | undefined {
  const { access = { allowed: [], denied: [] }, token, observer } = options;
  const isAllowed = createAccessCheck(access);
  const matches = createTokenMatcher(token);
  if (isAllowed === undefined && matches === undefined) return undefined;
  return ({ path, metadata }) => {
    if (isAllowed !== undefined && !isAllowed(path)) {
      observer?.rejected?.('access_list');
      return NOT_IMPLEMENTED;
    }
    if (matches === undefined) return undefined;
    const presented = metadata.get(TOKEN_NAME);
    if (presented !== undefined && matches(presented)) {
      metadata.hide(TOKEN_NAME);
      return undefined;
    }
    observer?.rejected?.('token');
    return presented === undefined ? TOKEN_MISSING : TOKEN_WRONG;
  };
}

/** A refusal in the words of HTTP, as the reference's middlewares give it. */
function refusal(code: StatusCode, text: string, httpCode: string, reason: string): GrpcError {
  const metadata = { 'http.code': httpCode, 'http.error_message': reason };
  return detailedError(code, text, { reason: text, domain: 'dapr.io', metadata });
}
