import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isSecretStoreError, SecretStoreError, secretStoreErrorFrom, throwIfAborted } from './errors.ts';

describe('SecretStoreError', () => {
  it('starts its message with the code and keeps the wire text', () => {
    const error = new SecretStoreError('not_found', 'secret x not found', {
      component: 's',
      operation: 'get',
      hint: 'check the name',
    });
    expect(error.message).toBe('[not_found] secret x not found');
    expect(error).toMatchObject({
      detail: 'secret x not found',
      component: 's',
      operation: 'get',
      hint: 'check the name',
      retryable: false,
    });
  });

  it.each([
    ['unavailable', true],
    ['deadline_exceeded', true],
    ['resource_exhausted', true],
    ['not_found', false],
    ['canceled', false],
    ['unknown', false],
  ] as const)('%s: retryable %s, unless told otherwise', (code, retryable) => {
    expect(new SecretStoreError(code, '').retryable).toBe(retryable);
    expect(new SecretStoreError(code, '', { retryable: !retryable }).retryable).toBe(!retryable);
  });

  it('shows its cause neither printed nor serialised', () => {
    const error = new SecretStoreError('unknown', 'failed', { cause: new Error('body: canary') });
    expect((error.cause as Error).message).toBe('body: canary');
    expect(
      `${error}${JSON.stringify(error)}${inspect(error, { depth: 9 })}${inspect({ error }, { showHidden: true, depth: 9 })}`,
    ).not.toContain('canary');
  });

  it('is recognised by its marker, whichever copy made it', () => {
    expect(isSecretStoreError(new SecretStoreError('unknown', ''))).toBe(true);
    expect(isSecretStoreError({ [Symbol.for('@coffer/secret-store-error')]: true })).toBe(true);
    for (const other of [new Error(''), null, undefined, 'x', {}]) expect(isSecretStoreError(other)).toBe(false);
  });
});

describe('secretStoreErrorFrom', () => {
  it('passes its own kind on, and names aborts and time-outs', () => {
    const own = new SecretStoreError('not_found', 'x');
    expect(secretStoreErrorFrom(own)).toBe(own);
    expect(secretStoreErrorFrom(new DOMException('', 'AbortError'))).toMatchObject({
      code: 'canceled',
      detail: 'context canceled',
    });
    expect(secretStoreErrorFrom(new DOMException('', 'TimeoutError'))).toMatchObject({
      code: 'deadline_exceeded',
      detail: 'context deadline exceeded',
    });
    expect(secretStoreErrorFrom(new Error('oops'), { component: 's' })).toMatchObject({
      code: 'unknown',
      detail: 'oops',
      component: 's',
    });
    expect(secretStoreErrorFrom('text')).toMatchObject({ code: 'unknown', detail: 'text' });
  });

  it('keeps the text of a defect to itself: it may quote a value', () => {
    const parse = () => JSON.parse('canary-of-a-value');
    let defect: unknown;
    try {
      parse();
    } catch (cause) {
      defect = cause;
    }
    expect(String(defect)).toContain('canary-of-');
    expect(secretStoreErrorFrom(defect)).toMatchObject({ code: 'internal', detail: 'the driver failed with a SyntaxError' });
  });

  it('throws for a signal that has aborted', () => {
    expect(() => throwIfAborted(undefined)).not.toThrow();
    expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
    expect(() => throwIfAborted(AbortSignal.abort())).toThrow('[canceled] context canceled');
  });
});
