import { describe, expect, it } from 'vitest';
import { isJsonObject, jsonObjectOf } from './json-object.ts';

describe('jsonObjectOf', () => {
  it('is the object in a body or a text', () => {
    const text = '{"name": "ü", "inner": {"list": [1, null]}, "__proto__": "own"}';
    for (const given of [text, Buffer.from(text)]) {
      const object = jsonObjectOf(given);
      expect(object).toEqual(JSON.parse(text));
      expect(object && Object.hasOwn(object, '__proto__')).toBe(true);
    }
  });

  it.each(['', 'null', '[{}]', '"text"', '1', 'true', '{"cut": "off', '<html>', '{} {}'])('is undefined for %j', (text) => {
    expect(jsonObjectOf(text)).toBeUndefined();
    expect(jsonObjectOf(Buffer.from(text))).toBeUndefined();
  });
});

describe('isJsonObject', () => {
  it.each([
    [{}, true],
    [null, false],
    [[], false],
    ['', false],
    [0, false],
    [undefined, false],
  ])('%j: %s', (value, is) => expect(isJsonObject(value)).toBe(is));
});
