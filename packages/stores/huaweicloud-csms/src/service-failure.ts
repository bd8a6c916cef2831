import type { ErrorCode } from '@coffer/core/driver';
import { type HttpAnswer, isJsonObject, type JsonObject, jsonObjectOf, retryAfterOf } from '@coffer/http-client';
import { textOf } from './text-of.ts';

export interface ServiceFailureDetails {
  readonly status: number;
  readonly requestId?: string;
  /** `CSMS.0106`, `APIGW.0301` …; empty when the answer has none. */
  readonly errorCode?: string;
  readonly errorMessage?: string;
  /** For the administrator, who can have it decoded; empty when the answer has none. */
  readonly authorizationMessage?: string;
  /** Milliseconds, as Retry-After says. */
  readonly retryAfter?: number | undefined;
}

/** An answer of the service, of IAM or of the gateway before them that is not what was asked for. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure';
  readonly code: ErrorCode;
  readonly status: number;
  readonly errorCode: string;
  readonly retryAfter: number | undefined;

  /** The message is the JSON that the reference makes of it. */
  constructor(details: ServiceFailureDetails) {
    const { status, requestId = '', errorCode = '', errorMessage = '', authorizationMessage = '', retryAfter } = details;
    super(
      JSON.stringify({
        status_code: status,
        request_id: requestId,
        error_code: errorCode,
        error_message: errorMessage,
        encoded_authorization_message: authorizationMessage,
      }),
    );
    this.code = codeOf(status, errorCode, errorMessage);
    this.status = status;
    this.errorCode = errorCode;
    this.retryAfter = retryAfter;
  }
}

/** The failure that an answer other than 2xx is. A body that is not the service's own stays out of it. */
export function serviceFailure({ status, headers, body }: HttpAnswer): ServiceFailure {
  return new ServiceFailure({
    ...errorIn(jsonObjectOf(body) ?? {}),
    status,
    requestId: requestIdOf(headers),
    retryAfter: retryAfterOf(headers),
  });
}

/** An answer 200 that holds something else than it should. */
export function unreadable(
  { status, headers }: HttpAnswer,
  errorMessage = 'the answer is not that of the service',
): ServiceFailure {
  return new ServiceFailure({ status, requestId: requestIdOf(headers), errorMessage });
}

/** Characters of a text of the service that go into a message. */
const LONGEST = 1024;

/** `error_code` and `error_msg`, or `code` and `message`, at the top or inside of another member. */
function errorIn(
  fields: JsonObject,
  depth = 0,
): Pick<ServiceFailureDetails, 'errorCode' | 'errorMessage' | 'authorizationMessage'> {
  const authorizationMessage = textOf(fields, 'encoded_authorization_message').slice(0, LONGEST * 8);
  for (const [code, message] of NAMES) {
    const [errorCode, errorMessage] = [textOf(fields, code), textOf(fields, message).slice(0, LONGEST)];
    if (errorCode !== '' && errorMessage !== '') return { errorCode, errorMessage, authorizationMessage };
  }
  const inner = depth < 3 ? Object.values(fields).filter(isJsonObject) : [];
  const found = inner.map((member) => errorIn(member, depth + 1)).find(({ errorCode = '' }) => errorCode !== '');
  return found ?? { authorizationMessage };
}

const NAMES = [
  ['error_code', 'error_msg'],
  ['code', 'message'],
] as const;

function requestIdOf(headers: HttpAnswer['headers']): string {
  const id = headers['x-request-id'];
  return typeof id === 'string' ? id.slice(0, LONGEST) : '';
}

/** Refusals that the service gives with status 400, by its code. */
const REFUSALS: Readonly<Record<string, ErrorCode>> = {
  'CSMS.0005': 'not_found',
  'CSMS.0106': 'not_found',
  'CSMS.0103': 'failed_precondition',
  'CSMS.0107': 'failed_precondition',
};

function codeOf(status: number, errorCode: string, errorMessage: string): ErrorCode {
  switch (status) {
    case 400:
      return REFUSALS[errorCode] ?? (errorCode.startsWith('CSM') ? refusalOf(errorMessage) : 'invalid_argument');
    case 401:
      return 'unauthenticated';
    case 403:
      return 'permission_denied';
    case 404:
      // The gateway's 404 is about the path, a proxy's about anything: only the service knows secrets.
      return /^(?:CSM|KMS)/.test(errorCode) ? 'not_found' : 'unimplemented';
    case 429:
      return 'resource_exhausted';
    default:
      // A 200 or a redirect that is here is somebody else's.
      return status >= 500 || status < 400 ? 'unavailable' : 'unknown';
  }
}

/** For codes that are in none of Huawei's lists. */
function refusalOf(text: string): ErrorCode {
  if (/does not exist|not found/i.test(text)) return 'not_found';
  return /not enabled|disabled|frozen|delet/i.test(text) ? 'failed_precondition' : 'invalid_argument';
}
