import { describe, expect, it } from 'vitest';
import { secretTable } from '../driver/index.ts';
import { checkedMany, checkedPage, checkedSecret, checkedSecrets } from './driver-answers.ts';

const canary = 'canary-of-a-value';
const failureOf = (check: () => unknown) => {
  try {
    check();
  } catch (cause) {
    return cause;
  }
  throw new Error('it was let through');
};

describe('what a driver answers', () => {
  it('is handed on as it is when it is right, frozen or not', () => {
    const data = Object.freeze(secretTable([['k', 'v']]));
    const secret = { data, version: '7' };
    expect(checkedSecret(secret)).toBe(secret);
    const secrets = { data: Object.freeze(secretTable([['s', data]])) };
    expect(checkedSecrets(secrets)).toBe(secrets);
    expect(checkedSecret({ data: null })).toEqual({ data: null });
    expect(checkedSecrets({ data: null })).toEqual({ data: null });
    expect(checkedPage(['a'])).toEqual(['a']);
  });

  it('gets tables without a prototype where the driver gave others, and the driver keeps its own', () => {
    const plain = { k: 'v' };
    const secret = checkedSecret({ data: plain, version: '7' });
    expect([Object.getPrototypeOf(secret.data), { ...secret.data }, secret.version]).toEqual([null, plain, '7']);
    const shared = Object.freeze(secretTable([['s', plain]]));
    const { data } = checkedSecrets({ data: shared });
    expect([Object.getPrototypeOf(data), Object.getPrototypeOf(data?.s), { ...data?.s }]).toEqual([null, null, plain]);
    expect(shared.s).toBe(plain);
  });

  it.each([
    ['no secret', () => checkedSecret(undefined as never)],
    ['text for a secret', () => checkedSecret(canary as never)],
    ['no data', () => checkedSecret({} as never)],
    ['a list for data', () => checkedSecret({ data: [canary] } as never)],
    ['a Map for data', () => checkedSecret({ data: new Map([['k', canary]]) } as never)],
    ['a number for a value', () => checkedSecret({ data: { k: 4711 } } as never)],
    ['an object for a value', () => checkedSecret({ data: { k: { canary } } } as never)],
    ['no secrets', () => checkedSecrets(null as never)],
    ['a Map of secrets', () => checkedSecrets({ data: new Map() } as never)],
    ['text for the values of one', () => checkedSecrets({ data: { s: canary } } as never)],
    ['text for a page', () => checkedPage(canary as never)],
    ['a page of others than names', () => checkedPage([{ name: canary }] as never)],
    ['no failed', () => checkedMany({ found: {} } as never)],
  ])('is refused as the defect that it is, without a value: %s', (_, check) => {
    const failure = failureOf(check);
    expect(failure).toMatchObject({ code: 'internal', detail: expect.stringMatching(/^the driver answered /) });
    expect(JSON.stringify(failure) + String(failure)).not.toMatch(/canary|4711/);
  });
});
