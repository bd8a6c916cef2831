import type { HttpMetadata } from './metadata.ts';
import { sortPrefixed } from './prefixed.ts';

/** Headers of every request, by lower-case name. Node writes one byte for each character, so their UTF-8 is given byte by byte. */
export function headersOf({
  token,
  tokenScheme,
  username = '',
  password,
  prefixed,
}: HttpMetadata): Readonly<Record<string, string>> {
  const own = sortPrefixed(prefixed.reveal()).header.map(({ name, value }) => [name.toLowerCase(), value]);
  const basic = Buffer.from(`${username}:${password?.reveal() ?? ''}`).toString('base64');
  const headers: Record<string, string> = {
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `${tokenScheme} ${token.reveal().trim()}`.trimStart() }),
    ...(username === '' ? {} : { authorization: `Basic ${basic}` }),
    ...Object.fromEntries(own),
  };
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]),
  );
}
