import { isUtf8 } from 'node:buffer';
import { textOfBuffer } from '@coffer/core/driver';

/** The text of a payload. Bytes that are no UTF-8 become base64, which `notice` is told of, or are kept byte by byte for the surfaces. */
export function textOfPayload(bytes: Buffer, binary: 'base64' | 'replaced', notice: () => void): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  if (binary === 'replaced') return textOfBuffer(bytes);
  notice();
  return bytes.toString('base64');
}
