import { isUtf8 } from 'node:buffer';
import { createHash, type Hash, timingSafeEqual } from 'node:crypto';
import type { FileValue } from '@coffer/file-store';
import { decrypt, parseEncrypted } from './cipher.ts';
import { FileFault } from './file-fault.ts';
import type { Encryption, EncryptionRule } from './file-metadata.ts';
import { isPlain, type SopsMap, type SopsNode } from './formats/tree.ts';

/** What sops hashes first when the code covers encrypted values alone, so that such a code is never one over all: SHA-256 of `sops`. */
const ONLY_ENCRYPTED = createHash('sha256').update('sops').digest();

/**
 * The values of all documents of a file, decrypted and verified: each with its path, and all together with the file's code.
 * Fails with `FileFault`, naming the value.
 */
export function decryptFile(documents: readonly SopsMap[], encryption: Encryption, dataKey: Buffer): Map<string, FileValue> {
  const { rule, macOnlyEncrypted } = encryption;
  const hash = createHash('sha512');
  if (macOnlyEncrypted) hash.update(ONLY_ENCRYPTED);
  const walk = new Walk({ rule, macOnlyEncrypted, hash, dataKey });
  const root = new Map<string, FileValue>();
  for (const document of documents) {
    for (const [name, node] of document) {
      if (root.has(name))
        throw new FileFault(
          `two documents of the file have the name ${name}`,
          'rename one, or put the documents in files of their own',
        );
      root.set(name, walk.value(node, [name]));
    }
  }
  verify(encryption, dataKey, hash);
  return root;
}

/** The code in the file must be the one of these values: else some were left out, added, put in another order or changed. */
function verify({ mac, lastModified }: Encryption, dataKey: Buffer, hash: Hash): void {
  if (mac === '') throw new FileFault('it has no message authentication code (sops.mac)', CHANGED);
  const encrypted = parseEncrypted(mac);
  const expected = encrypted && decrypt(encrypted, dataKey, lastModified);
  if (!expected) throw new FileFault('its message authentication code (sops.mac) or sops.lastmodified was changed', CHANGED);
  const found = Buffer.from(hash.digest('hex').toUpperCase());
  if (expected.length !== found.length || !timingSafeEqual(expected, found))
    throw new FileFault('its values are not those that sops encrypted (message authentication code)', CHANGED);
}

const CHANGED = 'change the file with sops only (`sops edit`, `sops set`); restore the last good version from the repository';

interface WalkOptions {
  readonly rule: EncryptionRule;
  readonly macOnlyEncrypted: boolean;
  readonly hash: Hash;
  readonly dataKey: Buffer;
}

/** Goes through the values in the order of the file, which the code depends on. */
class Walk {
  readonly #options: WalkOptions;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  /** Places in lists are not part of a path, as in sops. */
  value(node: SopsNode, path: readonly string[]): FileValue {
    if (node instanceof Map) {
      const values = new Map<string, FileValue>();
      for (const [name, below] of node) values.set(name, this.value(below, [...path, name]));
      return values;
    }
    if (Array.isArray(node)) return node.map((item: SopsNode) => this.value(item, path));
    return this.#leaf(node as Exclude<SopsNode, SopsMap | readonly SopsNode[]>, path);
  }

  #leaf(node: Exclude<SopsNode, SopsMap | readonly SopsNode[]>, path: readonly string[]): string {
    const { rule, macOnlyEncrypted, hash, dataKey } = this.#options;
    const encrypted = typeof node === 'string' ? parseEncrypted(node) : undefined;
    const decides = isEncrypted(rule, path) ?? encrypted !== undefined;
    if (decides && encrypted) {
      const plain = decrypt(encrypted, dataKey, `${path.join(':')}:`);
      if (!plain)
        throw new FileFault(`the value of ${path.join(':')} was changed, renamed or moved after sops encrypted it`, CHANGED);
      hash.update(plain);
      return textOf(plain, encrypted.type);
    }
    // Sops leaves null and empty texts as they are.
    if (isPlain(node) && node.counted === undefined) return node.text;
    const counted = isPlain(node) ? node.counted : node;
    if (decides && counted !== '')
      throw new FileFault(
        `the value of ${path.join(':')} is not encrypted`,
        'take it out and set it with sops (`sops edit`, `sops set`); what stood in a repository in plain text is no secret any more',
      );
    if (counted !== undefined && !macOnlyEncrypted) hash.update(counted);
    return isPlain(node) ? node.text : node;
  }
}

/** Undefined where the value's form tells. */
function isEncrypted(rule: EncryptionRule, path: readonly string[]): boolean | undefined {
  if (rule.kind === 'form') return undefined;
  return path.some((name) => name.endsWith(rule.suffix)) === (rule.kind === 'encrypted_suffix');
}

/** Text as it is, bytes that are none in Base64; numbers and times as sops writes them, which is what it encrypted. */
function textOf(plain: Buffer, type: string): string {
  if (type === 'bool') return plain.toString('latin1').toLowerCase();
  return isUtf8(plain) ? plain.toString('utf8') : plain.toString('base64');
}
