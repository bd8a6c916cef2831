import { SecretStoreError, secretStoreErrorFrom, throwIfAborted } from '@coffer/core/driver';
import { type HttpAnswer, type HttpClient, HttpFailure } from '@coffer/http-client';
import { type Fields, fieldsOf, isFields, textOf } from './fields.ts';
import type { KeySource } from './key-source.ts';
import type { Keys } from './sign.ts';

interface AgencyKey {
  readonly keys: Keys;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Milliseconds before their end in which keys are replaced. The server has new ones ten minutes before it. */
const EARLY = 5 * 60_000;
/** Milliseconds before their end from which keys are not used any more: a request has to arrive with valid ones. */
const LAST = 10_000;
/** Milliseconds until an early replacement that failed is tried again. */
const PAUSE = 10_000;
/** Milliseconds for a request to the server's own metadata service, which is near or not there at all. */
const TIMEOUT = 3_000;
const KEYS_PATH = '/openstack/latest/securitykey';
const TOKEN_PATH = '/meta-data/latest/api/token';
const HINT = 'set accessKey and secretAccessKey, or give this Elastic Cloud Server an agency';

/**
 * Temporary keys of the agency of the Elastic Cloud Server that this runs on. They are replaced before their end while they go on
 * being used. All who wait share one request; one who gives up leaves the others waiting.
 */
export class AgencyKeys implements KeySource {
  readonly #http: HttpClient;
  readonly #address: URL;
  readonly #closed = new AbortController();
  #current: AgencyKey | undefined;
  #coming: Promise<AgencyKey> | undefined;
  #nextEarly = 0;

  /** `http` without a proxy: the address is of this machine alone. */
  constructor(http: HttpClient, address: URL) {
    this.#http = http;
    this.#address = address;
  }

  async current(signal: AbortSignal | undefined): Promise<Keys> {
    throwIfAborted(signal);
    const now = Date.now();
    const current = this.#current;
    if (current === undefined || current.expiresAt - now <= LAST) return (await untilAborted(this.#renewed(), signal)).keys;
    if (current.expiresAt - now <= EARLY && now >= this.#nextEarly) {
      this.#nextEarly = now + PAUSE;
      // What fails now is told when the keys have ended and it fails again.
      this.#renewed().catch(() => undefined);
    }
    return current.keys;
  }

  refuse(keys: Keys): boolean {
    if (this.#current?.keys === keys) this.#current = undefined;
    return true;
  }

  close(): void {
    this.#closed.abort();
    this.#current = undefined;
    this.#http.close();
  }

  #renewed(): Promise<AgencyKey> {
    this.#coming ??= this.#renew().finally(() => {
      this.#coming = undefined;
    });
    return this.#coming;
  }

  async #renew(): Promise<AgencyKey> {
    const first = await this.#send('GET', KEYS_PATH, {});
    // A hardened server wants a token of its own first, which no page of a browser and no proxy can get.
    const answer = first.status === 401 ? await this.#sendWithToken(first) : first;
    this.#current = keyOf(answer);
    return this.#current;
  }

  async #sendWithToken(refused: HttpAnswer): Promise<HttpAnswer> {
    const token = await this.#send('PUT', TOKEN_PATH, { 'x-metadata-token-ttl-seconds': '60' });
    if (token.status !== 200) return refused;
    return this.#send('GET', KEYS_PATH, { 'x-metadata-token': token.body.toString('latin1').trim() });
  }

  async #send(method: string, path: string, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> {
    try {
      const url = new URL(path, this.#address);
      return await this.#http.request({ method, url, headers }, { signal: this.#closed.signal, timeout: TIMEOUT });
    } catch (cause) {
      if (!(cause instanceof HttpFailure)) throw cause;
      throw new SecretStoreError(cause.code, cause.message, { hint: HINT, cause });
    }
  }
}

function keyOf({ status, body }: HttpAnswer): AgencyKey {
  const credential: unknown = fieldsOf(body)?.credential;
  if (status === 200 && isFields(credential)) {
    const key = { keys: keysOf(credential), expiresAt: Date.parse(textOf(credential, 'expires_at')) };
    if (key.keys.accessKey !== '' && key.keys.secretKey !== '' && !Number.isNaN(key.expiresAt)) return key;
  }
  throw new SecretStoreError('unauthenticated', `the metadata service of this server has no keys: status ${status}`, {
    hint: HINT,
  });
}

function keysOf(credential: Fields): Keys {
  const [accessKey, secretKey] = [textOf(credential, 'access'), textOf(credential, 'secret')];
  return { accessKey, secretKey, securityToken: textOf(credential, 'securitytoken') };
}

/** What the promise gives, or the caller's abort, whichever is first. */
async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return await promise;
  const given = Promise.withResolvers<never>();
  const giveUp = () => given.reject(secretStoreErrorFrom(signal.reason));
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([promise, given.promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
