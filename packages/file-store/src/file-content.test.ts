import { describe, expect, it } from 'vitest';
import { changesBetween, contentOf, type FileMetadata, type FileRules } from './file-content.ts';
import type { FileValue } from './flatten.ts';

const METADATA: FileMetadata = { secretsFile: 'secrets.json', nestedSeparator: '', multiValued: false };
const RULES: FileRules = { collidingPaths: 'error', multiValuedScalars: 'kept' };

const content = (
  root: ReadonlyMap<string, FileValue>,
  { multiValued = false, ...rules }: Partial<FileRules> & { multiValued?: boolean } = {},
) => contentOf(root, { ...METADATA, multiValued }, { ...RULES, ...rules }, 'v7');
const map = (entries: Record<string, FileValue>): Map<string, FileValue> => new Map(Object.entries(entries));

describe('contentOf', () => {
  it('makes a secret of every value, named by the way to it, with the version of the file', () => {
    const { secrets, all } = content(map({ db: map({ user: 'u', hosts: ['a', 'b'] }), plain: 'p' }));
    expect([...secrets].map(([name, { data, version }]) => [name, { ...data }, version])).toEqual([
      ['db:user', { 'db:user': 'u' }, 'v7'],
      ['db:hosts:0', { 'db:hosts:0': 'a' }, 'v7'],
      ['db:hosts:1', { 'db:hosts:1': 'b' }, 'v7'],
      ['plain', { plain: 'p' }, 'v7'],
    ]);
    expect(Object.keys(all.data ?? {})).toEqual([...secrets.keys()]);
  });

  it('makes one secret of each member at the top when they have several values', () => {
    const { secrets } = content(map({ db: map({ user: 'u', password: 'p' }) }), { multiValued: true });
    expect([...secrets].map(([name, { data }]) => [name, { ...data }])).toEqual([['db', { user: 'u', password: 'p' }]]);
  });

  it('freezes what all callers share', () => {
    const { secrets, all } = content(map({ a: '1' }));
    for (const shared of [secrets.get('a')?.data, all.data, all.data?.a]) expect(Object.isFrozen(shared)).toBe(true);
  });

  it('fails when two entries would be one secret, and names it and what to do; or takes the first', () => {
    const colliding = map({ a: map({ b: '1' }), 'a:b': '2' });
    expect(() => content(colliding)).toThrow('[invalid_argument] secrets.json: ');
    expect(content(colliding, { collidingPaths: 'first' }).secrets.get('a:b')?.data).toEqual({ 'a:b': '1' });
  });
});

describe('changesBetween', () => {
  it('tells what was added, changed and removed, and nothing of what stayed', () => {
    const before = content(map({ same: '1', other: '1', gone: '1' }));
    const after = content(map({ same: '1', other: '2', added: '1' }));
    expect(changesBetween(before, after)).toEqual([
      { name: 'gone', kind: 'removed' },
      { name: 'other', kind: 'changed', version: 'v7' },
      { name: 'added', kind: 'changed', version: 'v7' },
    ]);
  });
});
