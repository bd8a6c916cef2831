import { ReadFailure, RegistryError, SecretStoreError } from '@coffer/core';
import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from './exit-codes.ts';
import { Failure, failureFrom } from './failure.ts';

const storeError = new SecretStoreError('unavailable', 'no answer', { hint: 'try later' });

describe('failureFrom', () => {
  it.each([
    [new Failure('usage', 'wrong'), 'usage', 64, 'wrong'],
    [storeError, 'unavailable', 69, 'no answer'],
    [ReadFailure.getFailed('vault', 'name', storeError), 'unavailable', 69, 'no answer'],
    [ReadFailure.denied('vault', 'name'), 'permission_denied', 77, 'access denied'],
    [new RegistryError('no driver'), 'configuration', 78, 'no driver'],
    [new Error('outer', { cause: new RegistryError('no driver') }), 'configuration', 78, 'no driver'],
    [new DOMException('stop', 'AbortError'), 'canceled', 130, 'interrupted'],
    [new DOMException('late', 'TimeoutError'), 'deadline_exceeded', 75, '--timeout'],
    [new TypeError('a bug'), 'internal', 70, 'a bug'],
    ['text', 'internal', 70, 'text'],
  ])('%s', (cause, code, exitCode, message) => {
    const failure = failureFrom(cause);
    expect(failure).toMatchObject({ code, exitCode });
    expect(failure.message).toContain(message);
  });

  it('has an exit code for every code, and none is a success', () => {
    for (const code of Object.values(EXIT_CODES)) expect(code).toBeGreaterThan(0);
  });
});
