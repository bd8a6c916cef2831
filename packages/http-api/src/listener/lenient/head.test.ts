import { describe, expect, test } from 'vitest';
import { headLength, parseHead } from './head.ts';

const head = (...lines: string[]) => parseHead(`${lines.join('\r\n')}\r\n\r\n`);
const GET = 'GET /x HTTP/1.1';

describe('headLength', () => {
  test.each<[string, number]>([
    ['GET / HTTP/1.1\r\nHost: a\r\n\r\nrest', 27],
    ['GET / HTTP/1.1\nHost: a\n\nrest', 24],
    ['GET / HTTP/1.1\r\nHost: a\r\n', -1],
    ['', -1],
    ['\r\nGET', 2],
    ['\nGET', 1],
  ])('%j: %j', (bytes, expected) => {
    expect(headLength(Buffer.from(bytes), 0)).toBe(expected);
  });
});

describe('parseHead accepts', () => {
  test.each<[string, string[], Record<string, unknown>]>([
    ['any method', ['foo /x HTTP/1.1', 'Host: a'], { method: 'foo', target: '/x' }],
    ['raw bytes in the target', ['GET /\xc3\xbc#"\x80 HTTP/1.1', 'Host: a'], { target: '/\xc3\xbc#"\x80' }],
    ['HTTP/1.2', ['GET /x HTTP/1.2', 'Host: a'], { keepAlive: true }],
    ['HTTP/1.0 without a host', ['GET /x HTTP/1.0'], { keepAlive: false, minorVersion: 0 }],
    ['HTTP/1.0 that stays', ['GET /x HTTP/1.0', 'Connection: Keep-Alive'], { keepAlive: true }],
    ['close', [GET, 'Host: a', 'Connection: x, Close'], { keepAlive: false }],
    ['an empty host', [GET, 'Host:'], {}],
    ['CONNECT without a host', ['CONNECT a:1 HTTP/1.1'], { method: 'CONNECT' }],
    ['folded lines', [GET, 'Host: a', 'X: 1', ' \t2 '], { rawHeaders: ['Host', 'a', 'X', '1 2'] }],
    ['Latin-1 in a value', [GET, 'Host: a', 'X: \xe4'], { rawHeaders: ['Host', 'a', 'X', '\xe4'] }],
    ['chunked before a length', [GET, 'Host: a', 'Content-Length: 2', 'Transfer-Encoding: Chunked'], { body: 'chunked' }],
    [
      'an invalid length beside chunked',
      [GET, 'Host: a', 'Content-Length: x', 'Transfer-Encoding: chunked'],
      { body: 'chunked' },
    ],
    ['equal lengths', [GET, 'Host: a', 'Content-Length: 2', 'Content-Length: 2'], { body: 2 }],
    ['no encoding in HTTP/1.0', ['GET /x HTTP/1.0', 'Transfer-Encoding: gzip'], { body: 0 }],
    ['a go-ahead', [GET, 'Host: a', 'Expect: 100-Continue'], { expectsContinue: true }],
  ])('%s', (_, lines, expected) => {
    expect(head(...lines)).toMatchObject(expected);
  });

  test('bare line feeds', () => {
    expect(parseHead('GET /x HTTP/1.1\nHost: a\n\n')).toMatchObject({ method: 'GET', rawHeaders: ['Host', 'a'] });
  });
});

describe('parseHead refuses', () => {
  test.each<[string, string[], Record<string, unknown>]>([
    ['an empty line', [''], { status: 400 }],
    ['no version', ['GET /x'], { status: 400 }],
    ['a space in the target', ['GET /x y HTTP/1.1', 'Host: a'], { status: 400 }],
    ['two spaces', ['GET  /x HTTP/1.1', 'Host: a'], { status: 400 }],
    ['a method that is none', ['G@T /x HTTP/1.1', 'Host: a'], { status: 400 }],
    ['HTTP/2.0', ['GET /x HTTP/2.0', 'Host: a'], { status: 505, detail: 'unsupported protocol version' }],
    ['HTTP/0.9', ['GET /x HTTP/0.9', 'Host: a'], { status: 505 }],
    ['a version that is none', ['GET /x HTTP/1.10', 'Host: a'], { status: 400 }],
    ['no host', [GET], { status: 400, detail: 'missing required Host header' }],
    ['two hosts', [GET, 'Host: a', 'Host: a'], { status: 400 }],
    ['a malformed host', [GET, 'Host: a b'], { status: 400, detail: 'malformed Host header' }],
    ['a space in a name', [GET, 'Host: a', 'X Y: 1'], { status: 400, detail: 'invalid header name' }],
    ['a space before the colon', [GET, 'Host: a', 'X : 1'], { status: 400, detail: 'invalid header name' }],
    ['no name', [GET, 'Host: a', ': 1'], { status: 400 }],
    ['no colon', [GET, 'Host: a', 'XY'], { status: 400 }],
    ['a first header that continues nothing', [GET, ' Host: a'], { status: 400 }],
    ['a control character in a value', [GET, 'Host: a', 'X: \u0001'], { status: 400 }],
    ['a carriage return in a value', [GET, 'Host: a', 'X: 1\r2'], { status: 400 }],
    ['unknown encodings', [GET, 'Host: a', 'Transfer-Encoding: gzip'], { status: 501, body: 'Unsupported transfer encoding' }],
    ['two encodings', [GET, 'Host: a', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], { status: 501 }],
    ['chunked in a list', [GET, 'Host: a', 'Transfer-Encoding: gzip, chunked'], { status: 501 }],
    ['differing lengths', [GET, 'Host: a', 'Content-Length: 2', 'Content-Length: 3'], { status: 400 }],
    [
      'differing lengths beside chunked',
      [GET, 'Content-Length: 2', 'Content-Length: 3', 'Transfer-Encoding: chunked'],
      { status: 400 },
    ],
    ['a negative length', [GET, 'Host: a', 'Content-Length: -1'], { status: 400 }],
    ['a length that is none', [GET, 'Host: a', 'Content-Length: 0x2'], { status: 400 }],
    ['an unknown expectation', [GET, 'Host: a', 'Expect: 200-ok'], { status: 417, body: '' }],
  ])('%s', (_, lines, expected) => {
    expect(head(...lines)).toEqual(expect.objectContaining(expected));
    expect(head(...lines)).not.toHaveProperty('method');
  });
});
