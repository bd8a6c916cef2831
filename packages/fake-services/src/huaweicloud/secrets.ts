import { Refusal } from './refusal.ts';

export type SecretState = 'ENABLED' | 'DISABLED' | 'PENDING_DELETE' | 'FROZEN';

export interface Version {
  /** `v1`, `v2` … in the order of creation. */
  readonly id: string;
  readonly value: string | Buffer;
  /** Milliseconds since the epoch. */
  readonly expireTime: number | undefined;
}

export interface Secret {
  readonly name: string;
  state: SecretState;
  readonly versions: Version[];
}

/** Names and sizes that the service takes. */
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const LARGEST = 32 * 1024;
const DEFAULT_PAGE = 50;
const LARGEST_PAGE = 1000;
const CREATED = 1_785_542_400_000;

/** The secrets of one project. */
export class Secrets {
  readonly #secrets = new Map<string, Secret>();

  /** Why the service can't hold a value under a name; undefined when it can. */
  refusal(name: string, value: string | Buffer): string | undefined {
    if (!NAME.test(name)) return 'a name has up to 64 letters, digits, hyphens and underscores';
    return Buffer.byteLength(value) > LARGEST ? 'a value has up to 32 KiB' : undefined;
  }

  /** A new version; bytes make a binary one. */
  put(name: string, value: string | Buffer, expireTime?: number): Secret {
    const refusal = this.refusal(name, value);
    if (refusal !== undefined) throw new Error(refusal);
    const secret = this.#secrets.get(name) ?? { name, state: 'ENABLED', versions: [] };
    secret.versions.push({ id: `v${secret.versions.length + 1}`, value, expireTime });
    this.#secrets.set(name, secret);
    return secret;
  }

  setState(name: string, state: SecretState): void {
    (this.#secrets.get(name) as Secret).state = state;
  }

  /** A secret that lists have and reads do not: deleted between the two. */
  listMissing(name: string): void {
    this.#secrets.set(name, { name, state: 'ENABLED', versions: [] });
  }

  remove(name: string): void {
    this.#secrets.delete(name);
  }

  /** ListSecrets: by name; the marker is the last name of the page before. */
  list(query: URLSearchParams): object {
    const [limit, marker] = [query.get('limit') ?? String(DEFAULT_PAGE), query.get('marker') ?? ''];
    if (!/^\d+$/.test(limit) || Number(limit) < 1 || Number(limit) > LARGEST_PAGE) {
      throw new Refusal(400, 'CSMS.0002', 'The value of parameter limit is invalid.');
    }
    const all = [...this.#secrets.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
    const rest = all.filter(({ name }) => name > marker);
    const page = rest.slice(0, Number(limit));
    const next = rest.length > page.length ? (page.at(-1)?.name ?? null) : null;
    return {
      secrets: page.map(shown),
      page_info: { next_marker: next, previous_marker: page[0]?.name ?? null, current_count: page.length },
    };
  }

  /** ShowSecretVersion. */
  version(name: string, id: string): object {
    const secret = this.#secrets.get(name);
    if (secret === undefined || secret.versions.length === 0) throw new Refusal(404, 'CSM.0404', 'Secret not found.');
    if (secret.state !== 'ENABLED') throw new Refusal(400, 'CSM.0402', 'The secret is not enabled.');
    const found = id === 'latest' ? secret.versions.at(-1) : secret.versions.find((version) => version.id === id);
    if (found === undefined) throw new Refusal(404, 'CSM.0506', 'The secret version does not exist.');
    const { value, expireTime } = found;
    const about = { id: found.id, create_time: CREATED, expire_time: expireTime ?? null, kms_key_id: 'k', secret_name: name };
    const stages = found === secret.versions.at(-1) ? ['SYSCURRENT'] : [];
    return {
      version: {
        version_metadata: { ...about, version_stages: stages },
        ...(typeof value === 'string' ? { secret_string: value } : { secret_binary: value.toString('base64') }),
      },
    };
  }
}

/** As a list has it: without a value. */
function shown({ name, state }: Secret): object {
  return {
    id: `id-${name}`,
    name,
    state,
    kms_key_id: 'k',
    description: '',
    create_time: CREATED,
    update_time: CREATED,
    scheduled_delete_time: state === 'PENDING_DELETE' ? CREATED : null,
    secret_type: 'COMMON',
    auto_rotation: false,
  };
}
