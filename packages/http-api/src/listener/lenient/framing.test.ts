import { describe, expect, test } from 'vitest';
import { type BodyFraming, chunkedFraming, lengthFraming } from './framing.ts';

/** Feeds the bytes in pieces of `size`; gives the body and what is left. */
function run(framing: BodyFraming, bytes: string, size: number): { body: string; rest: string; done: boolean } {
  let body = '';
  for (let at = 0; at < bytes.length; at += size) {
    const { data, done, rest } = framing.take(Buffer.from(bytes.slice(at, at + size), 'latin1'));
    body += Buffer.concat(data).toString('latin1');
    if (done) return { body, rest: rest.toString('latin1') + bytes.slice(at + size), done };
  }
  return { body, rest: '', done: false };
}

describe.each([1, 2, 3, 7, 1000])('in pieces of %i bytes', (size) => {
  test('a length', () => {
    expect(run(lengthFraming(5), 'helloGET', size)).toEqual({ body: 'hello', rest: 'GET', done: true });
    expect(run(lengthFraming(5), 'hell', size)).toEqual({ body: 'hell', rest: '', done: false });
  });

  test.each([
    ['5\r\nhello\r\n0\r\n\r\nGET', 'hello'],
    ['5 \r\nhello\r\nA;name=value\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nGET', 'hello0123456789'],
    ['2\n{}\n0\n\nGET', '{}'],
    ['0\r\n\r\nGET', ''],
  ])('%j', (bytes, body) => {
    expect(run(chunkedFraming(), bytes, size)).toEqual({ body, rest: 'GET', done: true });
  });

  test.each(['zz\r\n', '-1\r\n', '\r\n', '2\r\n{}x\r\n', `${'f'.repeat(20)}\r\n`, `1;${'x'.repeat(5000)}\r\n`])(
    '%.20j is malformed',
    (bytes) => {
      expect(() => run(chunkedFraming(), bytes, size)).toThrow(/./);
    },
  );
});
