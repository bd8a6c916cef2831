import { createDecipheriv, type KeyObject } from 'node:crypto';

/** The form of an encrypted value. The text in it is Base64, so that nothing of a changed one passes unseen. */
const ENCRYPTED =
  /^ENC\[AES256_GCM,data:([A-Za-z0-9+/]+={0,2}),iv:([A-Za-z0-9+/]+={0,2}),tag:([A-Za-z0-9+/]+={0,2}),type:([a-z]+)\]$/;
/** Bytes of the tag; shorter ones are easier to forge. */
const TAG_LENGTH = 16;
export const DATA_KEY_LENGTH = 32;

export interface EncryptedValue {
  readonly data: Buffer;
  readonly iv: Buffer;
  readonly tag: Buffer;
  readonly type: string;
}

/** The parts of an encrypted value, or undefined when the text is none. */
export function parseEncrypted(text: string): EncryptedValue | undefined {
  if (!text.startsWith('ENC[')) return undefined;
  const match = ENCRYPTED.exec(text);
  if (!match) return undefined;
  const [data, iv, tag] = match.slice(1, 4).map((part) => Buffer.from(part, 'base64')) as [Buffer, Buffer, Buffer];
  return { data, iv, tag, type: match[4] as string };
}

/** What was encrypted, or undefined when it was not with this key and this additional data. */
export function decrypt({ data, iv, tag }: EncryptedValue, key: KeyObject, additional: string): Buffer | undefined {
  if (tag.length !== TAG_LENGTH || iv.length === 0) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_LENGTH });
  decipher.setAAD(Buffer.from(additional, 'utf8')).setAuthTag(tag);
  const plain = decipher.update(data);
  try {
    decipher.final();
    return plain;
  } catch {
    // OpenSSL has one reason only: the tag does not belong to this.
    return undefined;
  }
}
