import { SecretStoreError, type StoreDefinition } from '@coffer/core/driver';
import { describe, expect, it } from 'vitest';
import { freshValue } from '../check-context.ts';
import type { Check } from '../exercise.ts';
import type { TestBackend, TestBed } from '../test-bed.ts';
import { runCheck } from './run-check.ts';

const definition = {
  metadata: { token: { type: 'string', description: 'Token.', sensitive: true, aliases: ['apiKey'] } },
} as unknown as StoreDefinition;
const testBed = { definition } as TestBed;
const settings = { APIKEY: 'credential-of-an-account' };
const backend = { settings } as unknown as TestBackend;

async function reasonOf(run: Check['run']): Promise<string | undefined> {
  return (await runCheck({ name: 'a check', run }, testBed, backend)).reason;
}

describe('runCheck', () => {
  it.each([
    ['a typed failure', (text: string) => new SecretStoreError('unknown', `the answer was ${text}`)],
    ['an error of the language', (text: string) => new TypeError(`${text} is not iterable`)],
    ['what is no error', (text: string) => text],
  ])('takes values and credentials out of the reason when %s quotes them', async (_, thrown) => {
    const value = freshValue();
    const reason = await reasonOf(() => Promise.reject(thrown(`${value} by ${settings.APIKEY}`)));
    expect(reason).toContain('‹value› by ‹credential›');
  });

  it('takes out the beginning of a value, which is all that a parser quotes', async () => {
    const reason = await reasonOf(async () => void JSON.parse(freshValue()));
    expect(reason).toMatch(/SyntaxError/);
    expect(reason).not.toMatch(/canary|[0-9a-f]{4}/);
  });
});
