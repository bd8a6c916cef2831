import { createSecretKey, type KeyObject } from 'node:crypto';
import { armor, Decrypter } from 'age-encryption';
import { DATA_KEY_LENGTH } from '../cipher.ts';
import { FileFault } from '../file-fault.ts';
import type { Recipient } from '../file-metadata.ts';
import type { Identity } from './identities.ts';
import { defaultKeyFile } from './key-sources.ts';

/**
 * The key that the file's values are encrypted with. Fails with `FileFault`: `unauthenticated` without any identity,
 * `permission_denied` when none is of a recipient of the file, `invalid_argument` when the file's copies are damaged.
 */
export async function dataKeyOf(recipients: readonly Recipient[], identities: readonly Identity[]): Promise<KeyObject> {
  const named = shown(recipients.map(({ recipient }) => recipient));
  if (identities.length === 0)
    throw new FileFault(
      'there is no age identity to open it with',
      `set ageKey or ageKeyFile, or SOPS_AGE_KEY or SOPS_AGE_KEY_FILE, or put ${defaultKeyFile()} in place; the file is for ${named}`,
      'unauthenticated',
    );
  const mine = new Map(identities.map((identity) => [identity.recipient, identity]));
  const copies = recipients.filter(({ recipient }) => mine.has(recipient));
  if (copies.length === 0) {
    const sources = [...new Set(identities.map(({ source }) => source))].join(', ');
    throw new FileFault(
      'no age identity at hand opens it',
      `it is for ${named}; at hand (${sources}) is what belongs to ${shown([...mine.keys()])}. Add the recipient with \`sops updatekeys\`, or give another identity`,
      'permission_denied',
    );
  }
  for (const { recipient, encrypted } of copies) {
    const key = await opened(encrypted, mine.get(recipient) as Identity);
    if (key) return key;
  }
  throw new FileFault(
    `its data key for ${shown(copies.map(({ recipient }) => recipient))} is damaged`,
    'restore the file from the repository, or run `sops updatekeys` with another identity',
  );
}

/** Undefined when the text is no whole age file for this identity, or holds no data key. */
async function opened(encrypted: string, { secret }: Identity): Promise<KeyObject | undefined> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(secret);
  const open = async () => decrypter.decrypt(armor.decode(encrypted));
  // Whatever the library says of it: this copy does not open.
  const plain = await open().catch(() => undefined);
  return plain?.length === DATA_KEY_LENGTH ? createSecretKey(plain) : undefined;
}

const MOST_SHOWN = 5;
const LONGEST_SHOWN = 70;

/** Public keys for a message. Those for quantum computers have some 2,000 characters. */
function shown(keys: readonly string[]): string {
  const texts = keys.slice(0, MOST_SHOWN).map((key) => (key.length > LONGEST_SHOWN ? `${key.slice(0, 40)}…` : key));
  return keys.length > MOST_SHOWN ? `${texts.join(', ')} and ${keys.length - MOST_SHOWN} more` : texts.join(', ');
}
