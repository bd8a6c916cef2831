import { SecretStoreError } from '@coffer/core/driver';
import { HttpFailure } from '@coffer/http-client';
import { describe, expect, it } from 'vitest';
import { storeError } from './errors.ts';
import { ServiceFailure } from './service-failure.ts';

describe('a failure of the service', () => {
  it.each([
    ['AuthFailure', 200, 'unauthenticated'],
    ['AuthFailure.InvalidSecretId', 200, 'unauthenticated'],
    ['AuthFailure.MFAFailure', 200, 'unauthenticated'],
    ['AuthFailure.SignatureExpire', 200, 'unauthenticated'],
    ['AuthFailure.UnauthorizedOperation', 200, 'permission_denied'],
    ['FailedOperation', 200, 'unknown'],
    ['FailedOperation.AccessKmsError', 200, 'failed_precondition'],
    ['FailedOperation', 503, 'unavailable'],
    ['InternalError', 200, 'unavailable'],
    ['InternalError.DbError', 200, 'unavailable'],
    ['InvalidParameter', 200, 'invalid_argument'],
    ['InvalidParameterValue.NameNotAllowed', 200, 'invalid_argument'],
    ['LimitExceeded', 200, 'resource_exhausted'],
    ['MissingParameter', 200, 'invalid_argument'],
    ['OperationDenied.AutoRotatedResource', 200, 'failed_precondition'],
    ['RequestLimitExceeded', 200, 'resource_exhausted'],
    ['RequestLimitExceeded.UinLimitExceeded', 200, 'resource_exhausted'],
    ['ResourceNotFound', 200, 'not_found'],
    ['ResourceNotFound.SecretNotExist', 200, 'not_found'],
    ['ResourceUnavailable.NotPurchased', 200, 'failed_precondition'],
    ['ResourceUnavailable.ResourceDisabled', 200, 'failed_precondition'],
    ['ResourceUnavailable.ResourcePendingDeleted', 200, 'failed_precondition'],
    ['UnauthorizedOperation', 200, 'permission_denied'],
    ['UnauthorizedOperation.CamNoAuth', 200, 'permission_denied'],
    ['UnsupportedRegion', 200, 'invalid_argument'],
    ['ClientError.ParseJsonError', 200, 'unavailable'],
    ['ClientError.HttpStatusCodeError', 404, 'unavailable'],
    ['ClientError.HttpStatusCodeError', 429, 'resource_exhausted'],
    ['Something.New', 200, 'unknown'],
    ['constructor', 200, 'unknown'],
    ['', 200, 'unknown'],
  ] as const)('%s with status %d is %s', (code, status, expected) => {
    const error = storeError(new ServiceFailure(code, 'why', { requestId: 'r', status }), 'get', 'db');
    expect(error).toMatchObject({ code: expected, operation: 'get', secret: 'db' });
    expect(error.detail).toBe(`[TencentCloudSDKError] Code=${code}, Message=why, RequestId=r`);
  });

  it('names the permissions that a call needs', () => {
    const hintOf = (operation: string) => storeError(new ServiceFailure('UnauthorizedOperation', ''), operation).hint;
    expect(hintOf('get')).toContain('ssm:GetSecretValue');
    expect(hintOf('list')).toBe("allow ssm:ListSecrets in a CAM policy of the key's owner");
  });
});

describe('other failures', () => {
  it('of the network have the words of the reference around theirs', () => {
    const error = storeError(new HttpFailure('untrusted', 'Post "https://ssm/": tls: …'), 'get');
    expect(error).toMatchObject({ code: 'unavailable', retryable: false });
    expect(error.detail).toBe(
      '[TencentCloudSDKError] Code=ClientError.NetworkError, Message=Fail to get response because Post "https://ssm/": tls: …',
    );
    expect(storeError(new Error('odd'), 'get')).toMatchObject({
      code: 'unknown',
      detail: expect.stringMatching(/because odd$/),
    });
  });

  it('of the contract stay as they are, and are told what they were in', () => {
    const own = new SecretStoreError('unauthenticated', 'no', { operation: 'get' });
    expect(storeError(own, 'list')).toBe(own);
    const bare = new SecretStoreError('unauthenticated', 'no', { hint: 'do' });
    expect(storeError(bare, 'list', 'db')).toMatchObject({ detail: 'no', hint: 'do', operation: 'list', secret: 'db' });
    expect(storeError(new DOMException('', 'AbortError'), 'get')).toMatchObject({ code: 'canceled', detail: 'context canceled' });
  });
});
