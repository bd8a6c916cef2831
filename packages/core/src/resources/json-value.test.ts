import { describe, expect, it } from 'vitest';
import { decodeComponent } from './component.ts';
import { parseExactJson, valueOfJson } from './json-value.ts';
import { parseYaml } from './yaml-document.ts';

const SOURCE = { file: 'x', document: 1, line: 1 };
const decode = (text: string) => decodeComponent(valueOfJson(parseExactJson(text)), SOURCE, () => undefined);

describe('JSON documents', () => {
  const document = (value: string) =>
    `{"metadata":{"name":"a"},"spec":{"type":"t","metadata":[{"name":"p","value":${value}}]},"scopes":["x"]}`;

  it.each([
    ['"yes"', 'yes'],
    ['"0777"', '0777'],
    ['"\\u003c日本\\u0000\\n"', '<日本\u0000\n'],
    ['12345678901234567', '12345678901234567'],
    ['1.5', '1.5'],
    ['-0.25e3', '-250'],
    ['true', 'true'],
    ['{"b":[1,"x",null],"a":9007199254740993}', '{"a":9007199254740993,"b":[1,"x",null]}'],
    ['null', undefined],
    ['""', ''],
  ])('give the property %s as %s', (value, text) => {
    expect(decode(document(value)).properties[0]?.value).toBe(text);
  });

  it('mean what the same text means as YAML', () => {
    for (const value of ['8', '1.5', '1e21', '"on"', 'false', '[1,{"a":"<b>"}]', '18446744073709551615', '0.1']) {
      const asYaml = parseYaml(document(value), 1, { uniqueKeys: false });
      expect(decode(document(value)).properties[0]?.value).toBe(
        decodeComponent(asYaml as NonNullable<typeof asYaml>, SOURCE, () => undefined).properties[0]?.value,
      );
    }
  });

  it('refuse a wrong shape by its member', () => {
    expect(() => decode('{"metadata":{"name":"a"},"spec":{"ignoreErrors":"yes"}}')).toThrow('spec.ignoreErrors is a string');
    expect(() => decode('{"metadata":{"name":"a/b"}}')).toThrow("may not contain '/'");
  });
});
