import { HttpFailure } from '@coffer/http-client';
import { describe, expect, it } from 'vitest';
import { type AwsCall, awsError, credentialsError, credentialsFailure } from './errors.ts';

const CALL: AwsCall = {
  service: 'SSM',
  operation: 'GetParameter',
  permission: 'ssm:GetParameter',
  as: 'get',
  prefix: "couldn't get secret: ",
};

/** As the SDK throws them. */
function exception(name: string, status: number, message = 'why', more: object = {}): Error {
  return Object.assign(
    new Error(message),
    { name, $fault: 'client', $metadata: { httpStatusCode: status, requestId: 'r1' } },
    more,
  );
}

describe('awsError', () => {
  it.each<[string, number, string]>([
    ['ParameterNotFound', 400, 'not_found'],
    ['ParameterVersionNotFound', 400, 'not_found'],
    ['ResourceNotFoundException', 404, 'not_found'],
    ['AccessDeniedException', 400, 'permission_denied'],
    ['AccessDenied', 403, 'permission_denied'],
    ['UnrecognizedClientException', 400, 'unauthenticated'],
    ['InvalidSignatureException', 400, 'unauthenticated'],
    ['ExpiredTokenException', 400, 'unauthenticated'],
    ['ThrottlingException', 400, 'resource_exhausted'],
    ['TooManyRequestsException', 429, 'resource_exhausted'],
    ['InternalServerError', 500, 'unavailable'],
    ['ValidationException', 400, 'invalid_argument'],
    ['InvalidNextTokenException', 400, 'invalid_argument'],
    ['InvalidKeyId', 400, 'failed_precondition'],
    ['InvalidRequestException', 400, 'failed_precondition'],
    ['DecryptionFailure', 400, 'failed_precondition'],
    ['NewName', 403, 'permission_denied'],
    ['NewName', 401, 'unauthenticated'],
    ['NewName', 429, 'resource_exhausted'],
    ['NewName', 503, 'unavailable'],
    ['NewName', 400, 'invalid_argument'],
    ['NewName', 418, 'unknown'],
  ])('%s with status %i is %s', (name, status, code) => {
    const error = awsError(exception(name, status), CALL);
    expect(error).toMatchObject({
      code,
      operation: 'get',
      detail: `couldn't get secret: operation error SSM: GetParameter, https response error StatusCode: ${status}, RequestID: r1, ${name}: why`,
    });
  });

  it('names the permission to grant', () => {
    expect(awsError(exception('AccessDeniedException', 400), CALL).hint).toBe(
      'allow ssm:GetParameter in a policy of the identity',
    );
    const key = 'The ciphertext refers to a customer master key that you are not allowed to access.';
    expect(awsError(exception('AccessDeniedException', 400, key), CALL).hint).toBe(
      'allow kms:Decrypt with the key of the secret',
    );
  });

  it('tells nothing of a body that could not be read, and keeps it nowhere', () => {
    const cause = Object.assign(new SyntaxError('Unexpected token, "my secret" is not valid JSON'), {
      $metadata: { httpStatusCode: 200 },
      $responseBodyText: 'my secret',
    });
    const error = awsError(cause, CALL);
    expect(error.cause).toBeUndefined();
    expect(error).toMatchObject({
      code: 'unavailable',
      detail: expect.stringMatching(/StatusCode: 200, RequestID: , deserialization failed, failed to decode response body$/),
    });
    for (const [status, code] of [
      [400, 'unavailable'],
      [403, 'permission_denied'],
      [404, 'unavailable'],
      [500, 'unavailable'],
    ] as const) {
      expect(awsError(Object.assign(new SyntaxError('<'), { $metadata: { httpStatusCode: status } }), CALL).code).toBe(code);
    }
  });

  it('keeps the reason why nothing was answered', () => {
    const refused = new HttpFailure('unavailable', 'Post "https://host/": dial tcp host:443: connect: connection refused', {
      hint: 'h',
    });
    expect(awsError(refused, CALL)).toMatchObject({
      code: 'unavailable',
      retryable: true,
      hint: 'h',
      detail: expect.stringMatching(
        /https response error StatusCode: 0, RequestID: , request send failed, Post "https:.*refused$/,
      ),
    });
    expect(awsError(new HttpFailure('untrusted', 'x'), CALL)).toMatchObject({ code: 'unavailable' });
    expect(awsError(new HttpFailure('too_large', 'x'), CALL)).toMatchObject({ code: 'resource_exhausted', retryable: false });
    expect(awsError(new HttpFailure('canceled', 'context canceled'), CALL)).toMatchObject({ code: 'canceled', retryable: false });
    expect(awsError(new HttpFailure('timeout', 'context deadline exceeded'), CALL).code).toBe('deadline_exceeded');
  });

  it('takes anything', () => {
    for (const cause of ['text', undefined, null, 7, {}]) expect(awsError(cause, CALL).code).toBe('unknown');
    const own = awsError(exception('ParameterNotFound', 400), CALL);
    expect(awsError(own, { ...CALL, prefix: 'x' })).toBe(own);
  });
});

describe('failures to get credentials', () => {
  it('are unauthenticated when nothing gives any, and otherwise as the reason is', () => {
    const none = Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' });
    expect(credentialsError(none, CALL)).toMatchObject({
      code: 'unauthenticated',
      retryable: false,
      detail:
        "couldn't get secret: operation error SSM: GetParameter, get identity: get credentials: failed to refresh cached credentials, Could not load credentials from any providers",
    });
    expect(credentialsFailure(exception('AccessDenied', 403))).toMatchObject({
      code: 'permission_denied',
      hint: 'allow sts:AssumeRole in a policy of the identity',
    });
    expect(credentialsFailure(new HttpFailure('unavailable', 'x'))).toMatchObject({ code: 'unavailable', retryable: true });
  });
});
