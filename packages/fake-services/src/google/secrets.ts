import { Refusal } from './status.ts';

export interface Version {
  readonly number: number;
  readonly data: Buffer;
  state: 'ENABLED' | 'DISABLED' | 'DESTROYED';
}
export interface Secret {
  readonly id: string;
  /** Empty for global secrets. */
  readonly location: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly versions: Version[];
  readonly aliases: Map<string, number>;
}

const LARGEST_PAYLOAD = 64 * 1024;

/** Secrets of one project; those of a region are other secrets, also under the same id. */
export class Secrets {
  readonly #secrets = new Map<string, Secret>();

  create(id: string, { location = '', labels = {} }: { location?: string; labels?: Record<string, string> } = {}): Secret {
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(id))
      throw new Refusal('INVALID_ARGUMENT', `Resource ID [${id}] is not in a valid format.`);
    const secret: Secret = { id, location, labels, versions: [], aliases: new Map() };
    this.#secrets.set(`${location}/${id}`, secret);
    return secret;
  }

  /** A new version of a secret, which is made if need be. Gives the version's number. */
  put(id: string, data: Buffer | string, options: { location?: string; labels?: Record<string, string> } = {}): number {
    const bytes = Buffer.from(data as string);
    if (bytes.length > LARGEST_PAYLOAD) {
      throw new Refusal('INVALID_ARGUMENT', 'The provided payload is larger than the maximum payload size of 65536 bytes.');
    }
    const secret = this.find(id, options.location) ?? this.create(id, options);
    const number = secret.versions.length + 1;
    secret.versions.push({ number, data: bytes, state: 'ENABLED' });
    return number;
  }

  find(id: string, location = ''): Secret | undefined {
    return this.#secrets.get(`${location}/${id}`);
  }

  /** The latest version of a secret is in this state from now on. */
  setState(id: string, state: Version['state'], location = ''): void {
    const version = this.find(id, location)?.versions.at(-1);
    if (version === undefined) throw new Error(`no version of ${id}`);
    version.state = state;
  }

  delete(id: string, location = ''): void {
    this.#secrets.delete(`${location}/${id}`);
  }

  all(location: string): readonly Secret[] {
    return [...this.#secrets.values()].filter((secret) => secret.location === location);
  }
}
