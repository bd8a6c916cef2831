import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { decodeMetadata } from './decode-metadata.ts';
import type { MetadataField } from './metadata.ts';
import { Redacted } from './redacted.ts';

const field = (type: MetadataField['type'], more: Partial<MetadataField> = {}): MetadataField => ({
  type,
  description: 'd',
  ...more,
});
const decode = (type: MetadataField['type'], text: string | undefined, more: Partial<MetadataField> = {}) => {
  const { metadata, problems } = decodeMetadata({ f: field(type, more) }, text === undefined ? {} : { f: text });
  return { value: metadata.f, problems };
};

describe('names', () => {
  it('M1: refuses two that differ only in case', () => {
    const { problems } = decodeMetadata({ foo: field('string') }, { Foo: '1', foo: '2' });
    expect(problems).toMatchObject([
      { severity: 'error', message: 'failed to resolve aliases: key foo is duplicate in the metadata' },
    ]);
  });

  it('M2, M8: ignores case, and warns of unknown names with the nearest', () => {
    const { metadata, problems } = decodeMetadata({ accessKey: field('string') }, { ACCESSKEY: 'a', accesKey: 'b' });
    expect(metadata).toEqual({ accessKey: 'a' });
    expect(problems).toEqual([
      {
        severity: 'warning',
        name: 'accesKey',
        message: 'setting accesKey is not known',
        hint: 'did you mean accessKey?',
        doubtful: true,
      },
    ]);
  });

  it('M3 to M7: takes aliases in order, when the name itself is absent', () => {
    const schema = { projectID: field('string', { aliases: ['project_id', 'project'] }) };
    expect(decodeMetadata(schema, { project_id: 'a' }).metadata).toEqual({ projectID: 'a' });
    expect(decodeMetadata(schema, { project_id: 'a', projectid: 'b' }).metadata).toEqual({ projectID: 'b' });
    expect(decodeMetadata(schema, { project: 'a', Project_ID: 'b' }).metadata).toEqual({ projectID: 'b' });
    expect(decodeMetadata(schema, { projectID: '', project: 'a' }).metadata).toEqual({ projectID: '' });
  });

  it('M19: leaves the properties as they were', () => {
    const properties = Object.freeze({ project: 'a' });
    decodeMetadata({ projectID: field('string', { aliases: ['project'] }) }, properties);
    expect(properties).toEqual({ project: 'a' });
  });

  it('says that a setting is required or deprecated', () => {
    const schema = {
      url: field('string', { required: true, missingMessage: 'url is missing' }),
      name: field('string', { required: true }),
      old: field('string', { deprecated: 'use url' }),
    };
    expect(decodeMetadata(schema, { old: 'x', name: '' }).problems).toMatchObject([
      { severity: 'error', name: 'url', message: 'url is missing' },
      { severity: 'error', name: 'name', message: 'setting name is required' },
      { severity: 'warning', name: 'old', message: 'setting old is deprecated', hint: 'use url' },
    ]);
  });
});

describe('rest', () => {
  const schema = { url: field('string', { aliases: ['address'] }), properties: field('rest') };

  it('takes what no other setting takes, as it is', () => {
    const properties = { URL: 'u', prefix: '1', Prefix: '2', properties: 'p', __proto__x: '', ['__proto__']: 'q' };
    const { metadata, problems } = decodeMetadata(schema, properties);
    expect(metadata.url).toBe('u');
    expect(Object.entries(metadata.properties as object)).toEqual([
      ['prefix', '1'],
      ['Prefix', '2'],
      ['properties', 'p'],
      ['__proto__x', ''],
      ['__proto__', 'q'],
    ]);
    expect(problems).toEqual([]);
  });

  it('is there when nothing is left, and refuses two spellings of a setting', () => {
    expect(decodeMetadata(schema, {}).metadata.properties).toEqual({});
    expect(decodeMetadata(schema, { url: '1', URL: '2' }).problems).toMatchObject([{ severity: 'error' }]);
  });

  it('can be a secret as a whole', () => {
    const { metadata } = decodeMetadata({ all: field('rest', { sensitive: true }) }, { token: 'canary' });
    expect(inspect(metadata)).not.toContain('canary');
    expect((metadata.all as unknown as Redacted<object>).reveal()).toEqual({ token: 'canary' });
  });
});

describe('values', () => {
  it.each(['y', 'YES', 'True', 't', 'on', '1', ' true '])('M9: %j is true', (text) =>
    expect(decode('boolean', text).value).toBe(true),
  );

  it.each(['0', 'false', 'nonsense', '2', 'enabled', ''])('M10: %j is false and no error', (text) => {
    const { value, problems } = decode('boolean', text);
    expect(value).toBe(false);
    expect(problems.every(({ severity }) => severity === 'warning')).toBe(true);
  });

  it('M11, M12: a default holds for what is absent, not for what is empty', () => {
    expect(decode('boolean', undefined, { default: 'true' }).value).toBe(true);
    expect(decode('boolean', '', { default: 'true' }).value).toBe(false);
  });

  it.each([
    ['3s', 3000],
    ['6m', 360_000],
    ['17', 17_000],
    ['-1', -1000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['', 0],
  ])('M13: duration %j is %d ms', (text, milliseconds) =>
    expect(decode('duration', text)).toEqual({ value: milliseconds, problems: [] }),
  );

  it.each(['PT5S', '1x', 'abc', '1.5'])('M14: %j is no duration', (text) => {
    expect(decode('duration', text).problems).toMatchObject([{ severity: 'error', name: 'f' }]);
  });

  it('M15: a duration’s default', () => {
    expect(decode('duration', undefined, { default: '1h' }).value).toBe(3_600_000);
    expect(decode('duration', '', { default: '1h' }).value).toBe(0);
  });

  it.each([
    ['a,b,', ['a', 'b', '']],
    ['', ['']],
    [',', ['', '']],
    [' a , b', [' a ', ' b']],
  ])('M16: list %j', (text, list) => expect(decode('list', text).value).toEqual(list));

  it.each([
    ['100', 100],
    ['1Ki', 1024],
    ['1000k', 1_000_000],
    ['1Gi', 2 ** 30],
  ])('M18: size %s is %d', (text, bytes) => expect(decode('size', text).value).toBe(bytes));

  it.each(['4MB', '4 Mi', 'x', ''])('%j is no size', (text) => expect(decode('size', text).problems).toHaveLength(1));

  it('M20: tells absent from empty', () => {
    expect(decode('string', undefined).value).toBeUndefined();
    expect(decode('string', '').value).toBe('');
  });

  it('numbers and allowed values', () => {
    expect(decode('number', '0x10').value).toBe(16);
    expect(decode('number', '').value).toBe(0);
    for (const text of ['canary', ' 1', '1 ', ' ', 'Infinity', '1e400', 'NaN'])
      expect(decode('number', text).problems, text).toHaveLength(1);
    expect(decode('string', 'b', { allowed: ['a', 'b'] }).value).toBe('b');
    expect(decode('string', 'B', { allowed: ['a', 'b'] }).problems[0]?.message).toBe('setting f is not one of a, b');
  });

  it('wraps what is sensitive, and quotes no value in a problem', () => {
    const { value } = decode('string', 'canary', { sensitive: true });
    expect(value).toBeInstanceOf(Redacted);
    expect((value as unknown as Redacted<string>).reveal()).toBe('canary');
    expect(`${value}${JSON.stringify({ value })}${inspect({ value }, { depth: 9, showHidden: true })}`).not.toContain('canary');
    for (const type of ['number', 'duration', 'size', 'boolean'] as const) {
      expect(JSON.stringify(decode(type, 'canary').problems)).not.toContain('canary');
    }
    expect(decode('string', undefined, { sensitive: true }).value).toBeUndefined();
  });
});
