import { describe, expect, it } from 'vitest';
import { decodeMetadata } from './decode-metadata.ts';

describe('decodeMetadata', () => {
  it('refuses two names that differ only in case', () => {
    const { problems } = decodeMetadata({ foo: { type: 'string', description: '' } }, { Foo: '1', foo: '2' });
    expect(problems[0]?.message).toBe('failed to resolve aliases: key foo is duplicate in the metadata');
  });
});
