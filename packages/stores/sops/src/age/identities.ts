import { SecretStoreError } from '@coffer/core/driver';
import { identityToRecipient } from 'age-encryption';
import type { SopsMetadata } from '../metadata.ts';
import { identitiesIn } from './identity-text.ts';
import { type KeySourceOptions, keySources } from './key-sources.ts';

/** A private key of age. Held for one reading of the file only. */
export interface Identity {
  readonly secret: string;
  /** The public key that belongs to it. */
  readonly recipient: string;
  readonly source: string;
}

/** Every identity at hand. Fails with `unauthenticated` when what should be one is none. */
export async function loadIdentities(metadata: SopsMetadata, options: KeySourceOptions): Promise<Identity[]> {
  const identities: Identity[] = [];
  for (const { name: source, text } of await keySources(metadata, options)) {
    const { texts, plugins } = identitiesIn(text, source);
    if (plugins > 0)
      options.logger?.warn(
        `${source}: ${plugins} identities belong to plugins of age, which are not supported, and are not used`,
      );
    for (const secret of texts) identities.push({ secret, recipient: await recipientOf(secret, source), source });
  }
  return identities;
}

async function recipientOf(secret: string, source: string): Promise<string> {
  return identityToRecipient(secret).catch(() => {
    // No cause: the library's message quotes the key.
    throw new SecretStoreError('unauthenticated', `${source} holds an age identity that is cut off or has a slip of the pen`, {
      operation: 'init',
      hint: 'copy it again, whole: it ends with a checksum',
    });
  });
}
