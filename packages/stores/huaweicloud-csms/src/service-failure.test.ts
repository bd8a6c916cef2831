import { describe, expect, it } from 'vitest';
import { ServiceFailure, serviceFailure } from './service-failure.ts';

describe('the code of an answer', () => {
  it.each([
    [400, 'CSMS.0106', 'The secret name not found int the db.', 'not_found'],
    [400, 'CSMS.0005', 'The resource does not exist.', 'not_found'],
    [400, 'CSMS.0103', 'The secret is in the scheduled deletion state.', 'failed_precondition'],
    [400, 'CSMS.0107', 'The secret is in schedule delete state.', 'failed_precondition'],
    [400, 'CSM.0402', 'The secret is not enabled.', 'failed_precondition'],
    [400, 'CSMS.0999', 'The version is not found.', 'not_found'],
    [400, 'CSMS.0002', 'The value of parameter is invalid.', 'invalid_argument'],
    [400, 'APIG.2011', 'The resource does not exist.', 'invalid_argument'],
    [400, '', '', 'invalid_argument'],
    [401, 'APIGW.0301', 'verify aksk signature fail', 'unauthenticated'],
    [403, 'CSM.0403', 'no', 'permission_denied'],
    [404, 'CSM.0404', 'no', 'not_found'],
    [404, 'KMS.0001', 'no', 'not_found'],
    [404, 'APIG.0101', 'no', 'unimplemented'],
    [404, '', '', 'unimplemented'],
    [429, 'APIGW.0308', 'no', 'resource_exhausted'],
    [500, '', '', 'unavailable'],
    [503, '', '', 'unavailable'],
    [302, '', '', 'unavailable'],
    [200, '', '', 'unavailable'],
    [418, '', '', 'unknown'],
  ])('%i %s %s is %s', (status, errorCode, errorMessage, code) => {
    expect(new ServiceFailure({ status, errorCode, errorMessage }).code).toBe(code);
  });
});

describe('what an answer says', () => {
  const read = (body: unknown, headers = {}) => {
    const failure = serviceFailure({ status: 400, headers, body: Buffer.from(JSON.stringify(body)) });
    const { error_code: code, error_message: text, encoded_authorization_message: more } = JSON.parse(failure.message);
    return [code, text, more, failure.retryAfter];
  };

  it.each([
    [{ error_code: 'A', error_msg: 'b' }, ['A', 'b', '']],
    [{ code: 'A', message: 'b' }, ['A', 'b', '']],
    [{ error: { error_code: 'A', error_msg: 'b', encoded_authorization_message: 'c' } }, ['A', 'b', 'c']],
    [{ x: 1, y: { z: { code: 'A', message: 'b' } } }, ['A', 'b', '']],
    [{ error_code: 'A', code: 'B', message: 'b' }, ['B', 'b', '']],
    [{ error_code: 'A' }, ['', '', '']],
    [{ error_code: 1, error_msg: 2 }, ['', '', '']],
    [[{ error_code: 'A', error_msg: 'b' }], ['', '', '']],
    [null, ['', '', '']],
  ])('%j', (body, expected) => {
    expect(read(body)).toEqual([...expected, undefined]);
  });

  it('is cut at a kilobyte, and with the time to wait', () => {
    expect(read({ code: 'A', message: 'x'.repeat(5000) }, { 'retry-after': '2' })).toEqual(['A', 'x'.repeat(1024), '', 2000]);
  });
});
