import { SecretStoreError } from '@coffer/core/driver';

/** What an identity can begin with, and what stands where one should be. */
const IDENTITY = /^AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+$/;
const PLUGIN = /^AGE-PLUGIN-/i;
const MISTAKES: readonly (readonly [RegExp, string, string])[] = [
  [
    /^age-encryption\.org\/|^-----BEGIN AGE ENCRYPTED FILE/,
    'is encrypted with a passphrase',
    'passphrases are not supported: decrypt it with `age --decrypt` into a file that only this process may read',
  ],
  [
    /^-----BEGIN [A-Z ]*PRIVATE KEY/,
    'holds an SSH or PEM key',
    'make an age identity with `age-keygen` and add its recipient to the file',
  ],
  [/^(?:age1|ssh-)/, 'holds a public key', 'the identity that belongs to it begins with AGE-SECRET-KEY-1'],
];

export interface FoundIdentities {
  readonly texts: readonly string[];
  /** How many there are that only a plugin of age could use. */
  readonly plugins: number;
}

/**
 * The identities in a text, one or several a line; lines that begin with `#` are comments. Fails with `unauthenticated`,
 * quoting nothing of the text.
 */
export function identitiesIn(text: string, source: string): FoundIdentities {
  const texts: string[] = [];
  let plugins = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('#')) continue;
    for (const word of line.split(/\s+/).filter((part) => part !== '')) {
      if (PLUGIN.test(word)) plugins++;
      else if (IDENTITY.test(word)) texts.push(word);
      else throw notAnIdentity(line.trim(), source, index + 1);
    }
  }
  return { texts, plugins };
}

function notAnIdentity(line: string, source: string, number: number): SecretStoreError {
  const [, what, hint] = MISTAKES.find(([pattern]) => pattern.test(line)) ?? [];
  const detail = what === undefined ? `line ${number} of ${source} is no age identity` : `${source} ${what}`;
  return new SecretStoreError('unauthenticated', detail, {
    operation: 'init',
    hint: hint ?? 'an identity begins with AGE-SECRET-KEY-1 and is written in capitals',
  });
}
