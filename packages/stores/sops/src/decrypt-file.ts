import { isUtf8 } from 'node:buffer';
import { createHash, type Hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '@coffer/core/driver';
import type { FileValue } from '@coffer/file-store';
import { decrypt, parseEncrypted } from './cipher.ts';
import { FileFault, sameName } from './file-fault.ts';
import type { Encryption, EncryptionRule } from './file-metadata.ts';
import { isList, isPlain, type Plain, type SopsMap, type SopsNode } from './formats/tree.ts';

/** What sops hashes first when the code covers encrypted values alone, so that such a code is never one over all: SHA-256 of `sops`. */
const ONLY_ENCRYPTED = createHash('sha256').update('sops').digest();

/** Milliseconds after which others get their turn: a big file holds thousands of values. */
const LONGEST_TURN = 10;

/**
 * The values of all documents of a file, decrypted and verified: each with its path, and all together with the file's code.
 * Fails with `FileFault`, naming the value.
 */
export async function decryptFile(
  documents: readonly SopsMap[],
  encryption: Encryption,
  { dataKey, signal }: { readonly dataKey: KeyObject; readonly signal: AbortSignal | undefined },
): Promise<Map<string, FileValue>> {
  const { rule, macOnlyEncrypted } = encryption;
  const hash = createHash('sha512');
  if (macOnlyEncrypted) hash.update(ONLY_ENCRYPTED);
  const walk = new Walk({ rule, macOnlyEncrypted, hash, dataKey });
  const root = new Map<string, FileValue>();
  let turn = performance.now();
  for (const document of documents) {
    for (const [name, node] of document) {
      if (root.has(name)) throw sameName(name);
      const value = walk.value(node, [name]);
      if (value !== undefined) root.set(name, value);
      if (performance.now() - turn < LONGEST_TURN) continue;
      await setImmediate();
      throwIfAborted(signal);
      turn = performance.now();
    }
  }
  verify(encryption, dataKey, hash);
  return root;
}

/** The code in the file must be the one of these values: else some were left out, added, put in another order or changed. */
function verify({ mac, lastModified }: Encryption, dataKey: KeyObject, hash: Hash): void {
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
  readonly dataKey: KeyObject;
}

/** Goes through the values in the order of the file, which the code depends on. */
class Walk {
  readonly #options: WalkOptions;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  /** Undefined for a comment. Places in lists are not part of a path, as in sops. */
  value(node: SopsNode, path: readonly string[]): FileValue | undefined {
    if (node instanceof Map) {
      const values = new Map<string, FileValue>();
      for (const [name, below] of node) {
        const value = this.value(below, [...path, name]);
        if (value !== undefined) values.set(name, value);
      }
      return values;
    }
    if (isList(node)) return node.map((item) => this.value(item, path)).filter((value) => value !== undefined);
    return isPlain(node) ? this.#plain(node, path) : this.#text(node as string, path);
  }

  #text(text: string, path: readonly string[]): string | undefined {
    const encrypted = parseEncrypted(text);
    if (!(isEncrypted(this.#options.rule, path) ?? encrypted !== undefined)) return this.#open(text, text);
    // Sops leaves empty texts as they are.
    if (text === '') return text;
    if (!encrypted) throw notEncrypted(path);
    const plain = decrypt(encrypted, this.#options.dataKey, `${path.join(':')}:`);
    const value = plain && valueIn(plain, encrypted.type);
    if (plain === undefined || value === undefined)
      throw new FileFault(`the value of ${path.join(':')} was changed, renamed or moved after sops encrypted it`, CHANGED);
    // Comments in lists have become values; the code does not cover them.
    if (encrypted.type === 'comment') return undefined;
    this.#options.hash.update(plain);
    return value;
  }

  #plain({ text, counted }: Plain, path: readonly string[]): string {
    if (counted !== undefined && isEncrypted(this.#options.rule, path)) throw notEncrypted(path);
    return this.#open(text, counted);
  }

  /** A value that stands in the file as it is. */
  #open(text: string, counted: string | Buffer | undefined): string {
    if (counted !== undefined && !this.#options.macOnlyEncrypted) this.#options.hash.update(counted);
    return text;
  }
}

function notEncrypted(path: readonly string[]): FileFault {
  return new FileFault(
    `the value of ${path.join(':')} is not encrypted`,
    'take it out and set it with sops (`sops edit`, `sops set`); what stood in a repository in plain text is no secret any more',
  );
}

/** Undefined where the value's form tells. */
function isEncrypted(rule: EncryptionRule, path: readonly string[]): boolean | undefined {
  if (rule.kind === 'form') return undefined;
  return path.some((name) => name.endsWith(rule.suffix)) === (rule.kind === 'encrypted_suffix');
}

/**
 * Text as it is, bytes that are none in Base64; numbers and times as sops wrote them before it encrypted them. Undefined when the
 * value is not of the type, which nothing else protects.
 */
function valueIn(plain: Buffer, type: string): string | undefined {
  const text = isUtf8(plain) ? plain.toString('utf8') : plain.toString('base64');
  if (type === 'bool') return text === 'True' || text === 'False' ? text.toLowerCase() : undefined;
  return TYPES.has(type) ? text : undefined;
}

const TYPES: ReadonlySet<string> = new Set(['str', 'int', 'float', 'time', 'bytes', 'comment']);
