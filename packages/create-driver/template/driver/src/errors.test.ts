import { SecretStoreError } from '@coffer/core/driver';
import { expect, it } from 'vitest';
import { ServiceFailure } from './client.ts';
import { storeError } from './errors.ts';

it.each([
  [400, 'invalid_argument', false],
  [401, 'unauthenticated', false],
  [403, 'permission_denied', false],
  [404, 'not_found', false],
  [409, 'failed_precondition', false],
  [418, 'unknown', false],
  [429, 'resource_exhausted', true],
  [500, 'unavailable', true],
  [503, 'unavailable', true],
])('%i is %s, and may succeed later: %s', (status, code, retryable) => {
  const error = storeError(new ServiceFailure(status, 'what the service says'), 'get', 'greeting');
  expect(error).toMatchObject({ code, retryable, detail: 'what the service says', operation: 'get', secret: 'greeting' });
});

it('tells a caller who gave up from a time limit that has passed', () => {
  expect(storeError(new DOMException('', 'AbortError'), 'get').code).toBe('canceled');
  expect(storeError(new DOMException('', 'TimeoutError'), 'get').code).toBe('deadline_exceeded');
});

it('keeps what an error of the contract says, and tells of what it failed', () => {
  const given = new SecretStoreError('failed_precondition', 'disabled', { hint: 'enable it' });
  const error = storeError(given, 'get', 'greeting');
  expect(error).toMatchObject({ code: 'failed_precondition', detail: 'disabled', hint: 'enable it', secret: 'greeting' });
});

it.each([
  [new Error('cannot read {"value":"correct horse"}'), 'unknown'],
  [new SyntaxError('Unexpected token in "correct horse"'), 'internal'],
])('does not repeat what an unexpected failure says: %o', (given, code) => {
  const error = storeError(given, 'get');
  expect(error).toMatchObject({ code, operation: 'get' });
  expect(JSON.stringify(error) + error.stack).not.toContain('correct horse');
});
