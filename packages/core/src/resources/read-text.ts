import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';

/**
 * A file's text: UTF-8, or UTF-16 when it starts with that byte order mark. In a file that is not valid UTF-8 the odd
 * bytes become U+FFFF, which no YAML parser accepts, so that only the document that holds them is refused.
 */
export async function readText(file: string): Promise<string> {
  const bytes = await readFile(file);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const text = bytes.toString('utf8');
  return isUtf8(bytes) ? text : text.replaceAll('\ufffd', '\uffff');
}
