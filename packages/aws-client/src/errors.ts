import { type ErrorCode, isSecretStoreError, SecretStoreError, type SecretStoreErrorOptions } from '@coffer/core/driver';
import { HttpFailure } from '@coffer/http-client';

/** One call of the SDK, as its failures tell of it. */
export interface AwsCall {
  /** The service in the reference's words: `SSM`, `Secrets Manager`. */
  readonly service: string;
  /** Name of the operation in the service's API. */
  readonly operation: string;
  /** What IAM calls it: `ssm:GetParameter`. */
  readonly permission: string;
  /** Operation of the contract: `get`, `bulkGet` … */
  readonly as: string;
  /** What the reference writes before the SDK's words: `couldn't get secret: `. */
  readonly prefix: string;
  /** The secret, in calls that read several. */
  readonly secret?: string | undefined;
}

/** Codes by the names that services give their exceptions. What is in no list is decided by the HTTP status. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  not_found: ['ParameterNotFound', 'ParameterVersionNotFound', 'ResourceNotFoundException'],
  permission_denied: ['AccessDenied', 'AccessDeniedException', 'KMSAccessDeniedException', 'UnauthorizedOperation'],
  unauthenticated: [
    'AuthFailure',
    'ExpiredToken',
    'ExpiredTokenException',
    'IncompleteSignature',
    'IncompleteSignatureException',
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
    'InvalidIdentityToken',
    'InvalidSignatureException',
    'MissingAuthenticationToken',
    'MissingAuthenticationTokenException',
    'NotAuthorized',
    'OptInRequired',
    'RequestExpired',
    'RequestInTheFuture',
    'RequestTimeTooSkewed',
    'SignatureDoesNotMatch',
    'UnrecognizedClientException',
  ],
  resource_exhausted: [
    'BandwidthLimitExceeded',
    'LimitExceededException',
    'PriorRequestNotComplete',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'RequestThrottled',
    'RequestThrottledException',
    'SlowDown',
    'ThrottledException',
    'Throttling',
    'ThrottlingException',
    'TooManyRequestsException',
    'TooManyUpdates',
  ],
  unavailable: [
    'IDPCommunicationError',
    'InternalFailure',
    'InternalServerError',
    'InternalServiceError',
    'RequestTimeout',
    'RequestTimeoutException',
    'ServiceUnavailable',
    'ServiceUnavailableException',
  ],
  failed_precondition: [
    'DecryptionFailure',
    'InvalidKeyId',
    'InvalidRequestException',
    'KMSDisabledException',
    'KMSInvalidStateException',
    'KMSNotFoundException',
    'RegionDisabledException',
  ],
  invalid_argument: ['InvalidNextToken', 'InvalidNextTokenException', 'InvalidParameterException', 'ValidationException'],
};
const CODES: ReadonlyMap<string, ErrorCode> = new Map(
  Object.entries(NAMES).flatMap(([code, names]) => names.map((name) => [name, code as ErrorCode] as const)),
);

/** Names that say: these credentials are no longer good, others may be. */
const ENDED: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'RequestExpired',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
]);

/** What the SDK throws, as far as it is looked at. */
interface SdkFailure extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string; readonly clockSkewCorrected?: boolean };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/**
 * A failure of a call in the contract's words. The detail is the reference's: `<prefix>operation error SSM: GetParameter,
 * https response error StatusCode: 400, RequestID: …, ParameterNotFound: …`. What a body that could not be read holds is
 * told nowhere.
 */
export function awsError(cause: unknown, call: AwsCall): SecretStoreError {
  if (isSecretStoreError(cause)) return cause;
  const { code, tail, hint, safe, retryable } = described(cause, call);
  return new SecretStoreError(code, `${call.prefix}operation error ${call.service}: ${call.operation}, ${tail}`, {
    operation: call.as,
    secret: call.secret,
    hint,
    retryable,
    ...(safe ? { cause } : {}),
  });
}

/** A failure to get the credentials of a call. */
export function credentialsError(cause: unknown, call: AwsCall): SecretStoreError {
  const failure = credentialsFailure(cause, { operation: call.as, secret: call.secret });
  const before = `${call.prefix}operation error ${call.service}: ${call.operation}, get identity: get credentials: `;
  return new SecretStoreError(failure.code, `${before}failed to refresh cached credentials, ${failure.detail}`, {
    operation: call.as,
    secret: call.secret,
    hint: failure.hint,
    retryable: failure.retryable,
    cause: failure.cause,
  });
}

/** A failure to get credentials, outside any call. */
export function credentialsFailure(cause: unknown, options: SecretStoreErrorOptions = {}): SecretStoreError {
  if (isSecretStoreError(cause)) return cause;
  const sts = { service: 'STS', operation: 'AssumeRole', permission: 'sts:AssumeRole', as: 'init', prefix: '' };
  const { code, tail, hint, safe, retryable } = described(cause, sts);
  const isChain = cause instanceof Error && /ProviderError$/.test(cause.name);
  return new SecretStoreError(isChain ? 'unauthenticated' : code, isChain ? (cause as Error).message : tail, {
    ...options,
    hint: isChain ? 'give credentials: accessKey and secretKey, a role, AWS_ variables, a profile or an instance role' : hint,
    retryable: isChain ? undefined : retryable,
    ...(safe || isChain ? { cause } : {}),
  });
}

/** Whether other credentials may do what these could not. */
export function isEndedCredentials(cause: unknown): boolean {
  return cause instanceof Error && ENDED.has(cause.name);
}

/** Whether the SDK has just learnt that this machine's clock is wrong, and would sign with the service's time now. */
export function isClockSkew(cause: unknown): boolean {
  return (cause as SdkFailure | undefined)?.$metadata?.clockSkewCorrected === true;
}

/** Headers of the answer that a failure came with. */
export function headersOf(cause: unknown): Readonly<Record<string, string>> {
  return (cause as SdkFailure | undefined)?.$response?.headers ?? {};
}

interface Description {
  readonly code: ErrorCode;
  readonly tail: string;
  readonly hint?: string | undefined;
  readonly retryable?: boolean | undefined;
  /** Whether the cause holds nothing that must not be seen. */
  readonly safe: boolean;
}

function described(cause: unknown, call: AwsCall): Description {
  if (cause instanceof HttpFailure) {
    const { code, message, hint } = cause;
    const why = code === 'canceled' || code === 'deadline_exceeded' ? 'canceled' : 'request send failed';
    const tail = `https response error StatusCode: 0, RequestID: , ${why}, ${message}`;
    return { code, tail, hint, safe: true, retryable: cause.retryable };
  }
  if (!(cause instanceof Error)) return { code: 'unknown', tail: 'unknown failure', safe: false };
  const { name, message, $metadata = {} } = cause as SdkFailure;
  if (name === 'AbortError') return { code: 'canceled', tail: 'context canceled', safe: true };
  if (name === 'TimeoutError') return { code: 'deadline_exceeded', tail: 'context deadline exceeded', safe: true };
  const { httpStatusCode: status, requestId = '' } = $metadata;
  const answer = `https response error StatusCode: ${status ?? 0}, RequestID: ${requestId}`;
  if (status === undefined) {
    // The SDK found no address to send to.
    const isConfiguration = name === 'EndpointError' || /^Region /.test(message);
    return { code: isConfiguration ? 'failed_precondition' : 'unknown', tail: message, safe: true };
  }
  // An answer that is not the service's: a proxy's page, JSON cut off in the middle. The message quotes what it holds.
  if (!('$fault' in cause)) {
    const tail = `${answer}, deserialization failed, failed to decode response body`;
    // A 400 says that the request is wrong only where its reason can be read.
    const code = status === 400 ? 'unavailable' : (codeOfStatus(status) ?? 'unavailable');
    return { code, tail, hint: hintOf(code, '', call), safe: false };
  }
  const code = CODES.get(name) ?? codeOfStatus(status) ?? 'unknown';
  return { code, tail: `${answer}, ${name}: ${message}`, hint: hintOf(code, message, call), safe: true };
}

function codeOfStatus(status: number): ErrorCode | undefined {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'permission_denied';
  if (status === 429) return 'resource_exhausted';
  if (status === 408 || status >= 500) return 'unavailable';
  return status === 400 ? 'invalid_argument' : undefined;
}

function hintOf(code: ErrorCode | undefined, message: string, { permission }: AwsCall): string | undefined {
  switch (code) {
    case 'permission_denied':
      if (/kms|ciphertext/i.test(message)) return 'allow kms:Decrypt with the key of the secret';
      return `allow ${permission} in a policy of the identity`;
    case 'unauthenticated':
      return 'the credentials are not, or no longer, accepted: check them, the region and the clock of the machine';
    case 'resource_exhausted':
      return 'the account is asked more often than its quota allows';
    default:
      return undefined;
  }
}
