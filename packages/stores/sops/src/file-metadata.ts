import { FileFault } from './file-fault.ts';
import type { SopsMap, SopsNode } from './formats/tree.ts';

/** An encrypted copy of the file's data key. */
export interface Recipient {
  /** Public key: `age1…`. */
  readonly recipient: string;
  /** Armored age file. */
  readonly encrypted: string;
}

/** What a file says of how it was encrypted. None of it is secret, and none of it is protected but by what it leads to. */
export interface Encryption {
  readonly recipients: readonly Recipient[];
  /** The encrypted code over the values; empty when there is none. */
  readonly mac: string;
  readonly lastModified: string;
  /** Whether the code covers the encrypted values alone. */
  readonly macOnlyEncrypted: boolean;
  readonly rule: EncryptionRule;
}

/**
 * Which values sops encrypts: those below no key that ends so, or those below one that does. Where regular expressions or
 * comments decide, a value's own form tells.
 */
export type EncryptionRule =
  | { readonly kind: 'unencrypted_suffix' | 'encrypted_suffix'; readonly suffix: string }
  | { readonly kind: 'form' };

/** Where the data key may be encrypted for others than age, as files and people call them. */
const OTHER_SERVICES: Readonly<Record<string, string>> = {
  kms: 'AWS KMS',
  gcp_kms: 'GCP KMS',
  hckms: 'Huawei Cloud KMS',
  azure_kv: 'Azure Key Vault',
  hc_vault: 'HashiCorp Vault',
  pgp: 'PGP',
};
const RULES = ['unencrypted_suffix', 'encrypted_suffix', 'unencrypted_regex', 'encrypted_regex'] as const;
const COMMENT_RULES = ['unencrypted_comment_regex', 'encrypted_comment_regex'] as const;

/** Reads what sops wrote about the file. Fails with `FileFault`. */
export function encryptionOf(sops: SopsMap): Encryption {
  const lastModified = textAt(sops, 'lastmodified');
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/.test(lastModified))
    throw new FileFault('the time in sops.lastmodified is missing or no time', DAMAGED);
  return {
    recipients: recipientsOf(sops),
    mac: textAt(sops, 'mac'),
    lastModified,
    macOnlyEncrypted: textAt(sops, 'mac_only_encrypted').toLowerCase() === 'true',
    rule: ruleOf(sops),
  };
}

const DAMAGED = 'restore the file from the repository, or encrypt it again';

function recipientsOf(sops: SopsMap): Recipient[] {
  const groups = listAt(sops, 'key_groups').filter((group) => group instanceof Map);
  if (groups.length > 1)
    throw new FileFault(
      'the key is split over several key groups, which is not supported',
      'keep one key group with an age recipient in .sops.yaml and run `sops updatekeys`',
    );
  const group: SopsMap = groups[0] ?? sops;
  const recipients = listAt(group, 'age')
    .filter((entry) => entry instanceof Map)
    .map((entry) => ({ recipient: textAt(entry, 'recipient'), encrypted: textAt(entry, 'enc') }));
  if (recipients.length > 0) return recipients;
  const others = Object.keys(OTHER_SERVICES).filter((name) => listAt(group, name).length > 0);
  const whom = others.map((name) => OTHER_SERVICES[name]).join(', ');
  throw new FileFault(
    others.length > 0 ? `it is encrypted for ${whom} and not for age` : 'it is encrypted for no recipient',
    'only age is supported: add an age recipient to .sops.yaml and run `sops updatekeys`',
  );
}

function ruleOf(sops: SopsMap): EncryptionRule {
  const given = [...RULES, ...COMMENT_RULES].filter((name) => textAt(sops, name) !== '');
  const [kind = 'unencrypted_suffix'] = given;
  if (given.length > 1) throw new FileFault(`sops.${given.join(' and sops.')} contradict each other`, DAMAGED);
  if (kind === 'unencrypted_suffix' || kind === 'encrypted_suffix') return { kind, suffix: textAt(sops, kind) || '_unencrypted' };
  return { kind: 'form' };
}

function textAt(map: SopsMap, name: string): string {
  const node = map.get(name);
  if (typeof node === 'string') return node;
  return node !== undefined && 'text' in node ? node.text : '';
}

/** Formats without nesting number the items: there a list has become a Map. */
function listAt(map: SopsMap, name: string): readonly SopsNode[] {
  const node = map.get(name);
  if (node instanceof Map) return [...node.values()];
  return Array.isArray(node) ? node : [];
}
