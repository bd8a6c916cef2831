import { type RequestMetadata, SecretStoreError } from '@coffer/core/driver';
import { segmentsOfName } from './path.ts';
import type { Engine } from './settings.ts';

/** Where things are in a KV engine: paths below `/v1/`, not escaped. */
export class KvPaths {
  readonly #data: readonly string[];
  readonly #names: readonly string[];

  constructor({ version, mount, prefix }: Engine) {
    this.#data = [...mount, ...(version === '2' ? ['data'] : []), ...prefix];
    this.#names = [...mount, ...(version === '2' ? ['metadata'] : []), ...prefix];
  }

  /** Fails with `invalid_argument` for a name that no secret can have. */
  secret(name: string): readonly string[] {
    const segments = segmentsOfName(name);
    if (segments === undefined || this.#data.some(isDots) || NO_TEXT.test(name)) {
      const detail = `getSecret ${name} failed secret key or version not exist`;
      const hint = 'a name is text without empty parts between its slashes, and without parts that are . or ..';
      throw new SecretStoreError('invalid_argument', detail, { operation: 'get', secret: name, hint });
    }
    if (CONTROL.test(name)) {
      const detail = "couldn't generate request: net/url: invalid control character in URL";
      throw new SecretStoreError('invalid_argument', detail, { operation: 'get', secret: name, hint: 'check the name' });
    }
    return [...this.#data, ...segments];
  }

  /** A folder by its path below the prefix, empty or with a slash at its end. */
  folder(path: string): readonly string[] {
    if (!this.#names.some(isDots)) return [...this.#names, ...path.split('/')];
    const detail = "list keys couldn't get successful response: a part of the path is . or ..";
    throw new SecretStoreError('invalid_argument', detail, { operation: 'list', hint: 'check enginePath and vaultKVPrefix' });
  }
}

const isDots = (segment: string): boolean => segment === '.' || segment === '..';
/** Halves of a character, which could only be sent as another name: as U+FFFD. Those that stand for a byte are sent as that byte. */
const NO_TEXT = /[\ud800-\udc7f\udd00-\udfff]/u;
/** Vault refuses what is not printable; the rest of it is left to the server. */
const CONTROL = /[\0-\x1f\x7f]/;

/**
 * Version to ask for as the query says it: 0 is the latest one. Undefined for an engine that keeps no versions. Fails with
 * `invalid_argument`.
 */
export function versionQuery(
  { version_id: given = '0' }: RequestMetadata,
  engineVersion: '1' | '2',
  rule: 'checked' | 'passed_on',
): string | undefined {
  const refuse = (detail: string, hint: string) => new SecretStoreError('invalid_argument', detail, { hint });
  if (engineVersion === '1') {
    if (/^0*$/.test(given)) return undefined;
    throw refuse('an engine of version 1 keeps no versions', 'leave version_id out');
  }
  if (rule === 'passed_on') return given;
  if (given === '') return '0';
  if (/^\d{1,10}$/.test(given)) return given;
  throw refuse('version_id is not the number of a version', 'send a whole number; 0 is the latest version');
}
