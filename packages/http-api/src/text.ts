import { textOfBuffer } from '@coffer/core/driver';

/*
 * Two kinds of string appear here. A *byte string* holds one byte a character, as node:http delivers targets and
 * headers. A *text* is what the stores see: decoded UTF-8, where a byte that is not valid UTF-8 stays as the lone
 * surrogate U+DC00 + byte.
 */

/** Text of a byte string. */
export function textOfBytes(bytes: string): string {
  for (let at = 0; at < bytes.length; at++) {
    if (bytes.charCodeAt(at) > 0x7f) return textOfBuffer(Buffer.from(bytes, 'latin1'));
  }
  return bytes;
}

/** Byte string of a text; the inverse of `textOfBytes`. */
export function bytesOfText(text: string): string {
  let bytes = '';
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (code < 0x80) bytes += char;
    else if (code >= 0xdc80 && code <= 0xdcff) bytes += String.fromCharCode(code - 0xdc00);
    else bytes += Buffer.from(char, 'utf8').toString('latin1');
  }
  return bytes;
}

/**
 * Byte string with its `%XX` decoded once; with `plusIsSpace` a `+` becomes a space, as in query strings.
 * `undefined` when an escape is not one.
 */
export function unescapeBytes(encoded: string, plusIsSpace: boolean): string | undefined {
  const plain = plusIsSpace && encoded.includes('+') ? encoded.replaceAll('+', ' ') : encoded;
  let percent = plain.indexOf('%');
  if (percent < 0) return plain;
  let decoded = '';
  let done = 0;
  for (; percent >= 0; percent = plain.indexOf('%', done)) {
    const high = hexDigit(plain.charCodeAt(percent + 1));
    const low = hexDigit(plain.charCodeAt(percent + 2));
    if (high < 0 || low < 0) return undefined;
    decoded += plain.slice(done, percent) + String.fromCharCode(high * 16 + low);
    done = percent + 3;
  }
  return decoded + plain.slice(done);
}

/** Text of an encoded piece of a query string or path parameter; `undefined` when an escape is not one. */
export function unescapeQuery(encoded: string): string | undefined {
  const bytes = unescapeBytes(encoded, true);
  return bytes === undefined ? undefined : textOfBytes(bytes);
}

/** -1 for anything else, the end of the string (NaN) included. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
