import { isUtf8 } from 'node:buffer';
import { type SecretValues, secretTable, textOfBuffer } from '@coffer/core/driver';
import type { KubernetesObject } from '@coffer/kubernetes-client';

/** Called with the name of a key whose value is no text. */
export type BinaryNotice = (key: string) => void;

/** The keys of a Secret with their texts. Bytes that are no UTF-8 become base64, or are kept byte by byte for the surfaces. */
export function valuesOf({ data }: KubernetesObject, binary: 'base64' | 'replaced', notice: BinaryNotice): SecretValues {
  const values: SecretValues = secretTable();
  for (const [key, encoded] of Object.entries((data ?? {}) as Record<string, unknown>)) {
    const bytes = Buffer.from(typeof encoded === 'string' ? encoded : '', 'base64');
    if (isUtf8(bytes)) values[key] = bytes.toString('utf8');
    else if (binary === 'replaced') values[key] = textOfBuffer(bytes);
    else {
      notice(key);
      values[key] = bytes.toString('base64');
    }
  }
  return values;
}
