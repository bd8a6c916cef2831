import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { open, sample, testKey } from './open.ts';

const { stringify } = JSON;

describe('files that sops wrote', () => {
  it('YAML: all types, comments, odd names, what is not encrypted', async () => {
    const { values } = await open(sample('values.yaml'));
    expect(new Map([...(await values())].sort())).toEqual(
      new Map(
        Object.entries({
          '1': 'number-like',
          '__proto__:constructor': 'inherited',
          'db:disabled': 'false',
          'db:empty': '',
          'db:enabled': 'true',
          'db:hosts:0': 'a.example',
          'db:hosts:1:c': 'nested',
          'db:huge': '1000000000000000000000',
          'db:nothing': 'null',
          'db:password': 'pa:ss\nline',
          'db:port': '5432',
          'db:ratio': '1.5',
          'db:since': '2024-01-02T03:04:05Z',
          'db:user': 'shop',
          multi: 'line 1\nline 2\n',
          'note_unencrypted:half': '0.5',
          'note_unencrypted:large': '1e+21',
          'note_unencrypted:quoted': '007',
          'note_unencrypted:text': 'hello',
          'note_unencrypted:time': '2024-01-02T00:00:00Z',
          'note_unencrypted:unlimited': '.inf',
          'note_unencrypted:whole': '5',
          'note_unencrypted:yes': 'true',
          'odd:key.with dots': 'odd',
          '😀 key': 'smile 😀',
        }),
      ),
    );
  });

  it('YAML, multi-valued', async () => {
    const { bulk, store } = await open(sample('values.yaml'), {
      ageKey: testKey('two'),
      multiValued: 'true',
      nestedSeparator: '/',
    });
    const secrets = await bulk();
    expect([...secrets.keys()].sort()).toEqual(
      ['1', '__proto__', 'db', 'multi', 'no_list', 'no_map', 'note_unencrypted', 'odd:key.with dots', '😀 key'].sort(),
    );
    expect(secrets.get('db')).toMatchObject({ user: 'shop', 'hosts/1/c': 'nested' });
    expect(secrets.get('__proto__')).toEqual({ constructor: 'inherited' });
    expect(secrets.get('multi')).toEqual({ multi: 'line 1\nline 2\n' });
    expect(store.features()).toContain('MULTIPLE_KEY_VALUES_PER_SECRET');
  });

  it('JSON: the order of the file and numbers of any size', async () => {
    const { values } = await open(sample('values.json'));
    expect(stringify([...(await values())].sort())).toBe(
      stringify(
        Object.entries({
          '10': 'ten',
          '2': 'two',
          ['__proto__']: 'p',
          a: 'text',
          b: 'true',
          e: '',
          f: '1.5',
          'l:0': 'q',
          'l:1:w': 'e',
          'l:2:0': '1',
          n: '-5',
          'uni\u2028': '<&>',
          'x_unencrypted:f': '1e-7',
          'x_unencrypted:i': '9007199254740993',
          'x_unencrypted:n': '12345678901234567000',
          z: 'null',
        }).sort(),
      ),
    );
  });

  it.each<[string, Record<string, string>]>([
    [
      'values.env',
      {
        USER: 'shop',
        TWO: 'two words',
        EQUALS: 'a=b',
        EMPTY: '',
        LINES: 'first\nsecond',
        PLAIN_unencrypted: 'plain\nline',
      },
    ],
    [
      'values.ini',
      {
        'DEFAULT:top': 'level',
        'db:user': 'shop',
        'db:empty': '',
        'db:semi_unencrypted': 'a;b # c',
        'db:lines_unencrypted': 'a\nb',
        'db:spaces_unencrypted': '  two  ',
        'other section:k': 'v',
      },
    ],
    ['bytes.p12', { data: Buffer.from('\x00\xff\xfebinary', 'latin1').toString('base64') }],
    ['text.txt', { data: 'just text\n' }],
    ['two-documents.yaml', { a: 'one', b: 'two', c_unencrypted: '3' }],
    ['encrypted-regex.yaml', { apiVersion: 'v1', kind: 'Secret', 'stringData:password': 'hidden', 'stringData:port': '5' }],
    ['mac-only-encrypted.yaml', { apiVersion: 'v1', kind: 'Secret', 'stringData:password': 'hidden', 'stringData:port': '5' }],
    ['encrypted-suffix.yaml', { plain: '1', pass_secret: 'hidden' }],
    ['comment-regex.yaml', { plain: '1', pass: 'hidden', 'more:a': 'also', 'more:b': 'open' }],
  ])('%s', async (name, expected) => {
    const { values } = await open(sample(name));
    expect(Object.fromEntries(await values())).toEqual(expected);
  });

  it('for a key that quantum computers do not break', async () => {
    const { values } = await open(sample('hybrid.yaml'), { ageKey: testKey('hybrid') });
    expect((await values()).get('pass_secret')).toBe('hidden');
  });

  it('have the version that git has', async () => {
    const { store } = await open(sample('values.yaml'));
    const blob = execFileSync('git', ['hash-object', '--no-filters', sample('values.yaml')], { encoding: 'utf8' }).trim();
    expect((await store.get({ name: 'db:user', metadata: {} })).version).toBe(blob);
  });

  it.each([
    ['same-name.yaml', 'two entries of the file have the name a'],
    ['key-groups.yaml', 'the key is split over several key groups, which is not supported'],
  ])('%s is refused', async (name, problem) => {
    const path = sample(name);
    await expect(open(path)).rejects.toMatchObject({ code: 'invalid_argument', detail: `${path}: ${problem}` });
  });
});
