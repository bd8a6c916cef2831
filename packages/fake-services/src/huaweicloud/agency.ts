import { randomBytes } from 'node:crypto';
import type { Answer, SeenRequest } from '../fake-service.ts';
import type { KnownKey } from './signature.ts';

/** The metadata service of an Elastic Cloud Server whose agency hands out temporary keys. */
export class Agency {
  /** Whether the server has an agency at all. */
  isSet = true;
  /** Whether keys are given only to who has got a token first. */
  isHardened = false;
  /** Milliseconds that keys are good for; the next ones come ten minutes before. */
  lifetime: number = 60 * 60_000;
  /** How many keys were made. */
  made = 0;
  readonly #keys: Map<string, KnownKey>;
  readonly #tokens = new Set<string>();

  /** `keys`: where the other services look keys up. */
  constructor(keys: Map<string, KnownKey>) {
    this.#keys = keys;
  }

  /** Undefined for requests that are not for the metadata service. */
  answer({ method, path, headers }: SeenRequest): Answer | undefined {
    if (path === '/meta-data/latest/api/token') return this.#token(method, headers['x-metadata-token-ttl-seconds']);
    if (path !== '/openstack/latest/securitykey') return undefined;
    if (method !== 'GET') return { status: 405 };
    if (!this.isSet) return { status: 401, body: 'Please configure Cloud Service Agency first' };
    if (this.isHardened && !this.#tokens.has(String(headers['x-metadata-token']))) return { status: 401, body: 'Unauthorized' };
    return { status: 200, body: { credential: this.#make() } };
  }

  #token(method: string, lifetime: unknown): Answer {
    if (!this.isHardened || method !== 'PUT') return { status: 405 };
    if (!/^\d+$/.test(String(lifetime))) return { status: 400 };
    const token = randomBytes(16).toString('hex');
    this.#tokens.add(token);
    return { status: 200, body: token };
  }

  #make(): object {
    const expiresAt = Date.now() + this.lifetime;
    const key = { secretKey: randomBytes(20).toString('hex'), securityToken: randomBytes(40).toString('base64'), expiresAt };
    const accessKey = `AGENCY${String(++this.made).padStart(14, '0')}`;
    this.#keys.set(accessKey, key);
    return {
      access: accessKey,
      secret: key.secretKey,
      securitytoken: key.securityToken,
      expires_at: new Date(expiresAt).toISOString().replace('Z', '000Z'),
    };
  }
}
