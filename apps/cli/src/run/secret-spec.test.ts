import { describe, expect, it } from 'vitest';
import { parseSecretSpec } from './secret-spec.ts';
import { variableName } from './variables.ts';

describe('parseSecretSpec', () => {
  it.each([
    ['A=vault/name', 'vault', 'name', undefined],
    ['A=vault/name#key', 'vault', 'name', 'key'],
    ['A=vault/a/b#c#key', 'vault', 'a/b#c', 'key'],
    ['A=vault/a#b#', 'vault', 'a#b', undefined],
    ['A=vault/two\nlines=1', 'vault', 'two\nlines=1', undefined],
    ['A=vault/__proto__#constructor', 'vault', '__proto__', 'constructor'],
  ])('%j', (text, store, name, key) => expect(parseSecretSpec(text)).toEqual({ variable: 'A', store, name, key }));

  it.each(['', 'A', 'A=vault', '=vault/name', 'A-B=vault/name', '1=vault/name', 'A=/name', 'A=vault/', 'A=vault/#key'])(
    'refuses %j',
    (text) => expect(() => parseSecretSpec(text)).toThrow(expect.objectContaining({ code: 'usage' })),
  );
});

it.each([
  ['db:password', '', false, 'DB_PASSWORD'],
  ['dbPassword', 'app-', false, 'APP_DBPASSWORD'],
  ['dbPassword', '', true, 'dbPassword'],
  ['1st', '', false, '_1ST'],
  ['ß', '', false, 'SS'],
  ['🔑', '', true, '__'],
  ['', '', false, '_'],
])('variableName(%j, %j, %j) is %s', (name, prefix, keepCase, expected) => {
  expect(variableName(name, { prefix, keepCase })).toBe(expected);
});
