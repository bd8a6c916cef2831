import { HttpFailure } from '@coffer/http-client';
import { describe, expect, it } from 'vitest';
import { callErrorFrom, isRefusal, loginErrorFrom } from './errors.ts';

const answerOf = (status: number, json?: unknown, headers = {}) => ({ status, headers, text: '', json });
const context = { what: "couldn't log in at auth/x", hint: 'check it', secrets: ['', 'pw', 'secret word'] };

describe('an answer', () => {
  it('shows the errors of the server in one line, of bounded length', () => {
    const errors = ['1 error occurred:\n\t* permission denied\n\n', 'x'.repeat(1000)];
    const { detail } = loginErrorFrom(answerOf(403, { errors }), context);
    expect(detail).toMatch(/^couldn't log in at auth\/x: status code 403: 1 error occurred: \* permission denied ; x+…$/);
    expect(detail.length).toBeLessThan(560);
  });

  it.each([undefined, null, 'text', [], {}, { errors: 'text' }, { errors: [] }])('shows nothing of %o', (json) => {
    expect(loginErrorFrom(answerOf(400, json), context).detail).toBe("couldn't log in at auth/x: status code 400");
  });

  it('shows nothing of a text that repeats a secret', () => {
    const { detail } = loginErrorFrom(answerOf(400, { errors: ['no', 'is "secret word" right?'] }), context);
    expect(detail).toBe("couldn't log in at auth/x: status code 400: (a text that repeats a secret)");
  });

  it('shows a text that has a short secret in it by chance, unmarked', () => {
    expect(loginErrorFrom(answerOf(400, { errors: ['pwd'] }), context).detail).toMatch(/: pwd$/);
  });

  it('keeps what a 429 asks for', () => {
    expect(loginErrorFrom(answerOf(429, undefined, { 'retry-after': '7' }), context).retryAfter).toBe(7000);
  });
});

it('no answer has the code of the transport', () => {
  const failure = callErrorFrom(new HttpFailure('untrusted', 'Post "https://v/": tls', { hint: 'set caPem' }), "couldn't renew");
  expect(failure).toMatchObject({
    code: 'unavailable',
    detail: 'couldn\'t renew: Post "https://v/": tls',
    hint: 'set caPem',
    retryable: false,
  });
  expect(callErrorFrom(new DOMException('x', 'AbortError'), 'x')).toMatchObject({ code: 'canceled' });
});

it.each([
  [400, true],
  [403, true],
  [404, true],
  [429, false],
  [500, false],
  [307, false],
])('%s is a refusal: %s', (status, refusal) => {
  expect(isRefusal(loginErrorFrom(answerOf(status), context))).toBe(refusal);
});
