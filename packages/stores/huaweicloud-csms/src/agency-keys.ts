import { SecretStoreError } from '@coffer/core/driver';
import { type HttpAnswer, type HttpClient, HttpFailure, isJsonObject, jsonObjectOf, Renewed } from '@coffer/http-client';
import type { KeySource } from './key-source.ts';
import type { Keys } from './sign.ts';
import { textOf } from './text-of.ts';

interface AgencyKeys extends Keys {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Sends a request to the metadata service. */
type Send = (method: string, path: string, headers: Readonly<Record<string, string>>) => Promise<HttpAnswer>;

/** Milliseconds before their end in which keys are replaced. The server has new ones ten minutes before it. */
const EARLY = 5 * 60_000;
/** Milliseconds before their end from which keys are not used any more: a request has to arrive with valid ones. */
const LAST = 10_000;
/** Milliseconds until an early replacement that failed is tried again. */
const PAUSE = 10_000;
/** Milliseconds for a request to the server's own metadata service, which is near or not there at all. */
const TIMEOUT = 3_000;
/** Requests that keys may take. */
const REQUESTS = 3;
const KEYS_PATH = '/openstack/latest/securitykey';
const TOKEN_PATH = '/meta-data/latest/api/token';
const HINT = 'set accessKey and secretAccessKey, or give this Elastic Cloud Server an agency';

/**
 * Temporary keys of the agency of the Elastic Cloud Server that this runs on. `http` without a proxy: the address is of this
 * machine alone.
 */
export function agencyKeys(http: HttpClient, address: URL): KeySource {
  const source = async ({ signal }: { readonly signal: AbortSignal }) => {
    const send: Send = async (method, path, headers) => {
      try {
        return await http.request({ method, url: new URL(path, address), headers }, { signal, timeout: TIMEOUT });
      } catch (cause) {
        if (!(cause instanceof HttpFailure)) throw cause;
        throw new SecretStoreError(cause.code, cause.message, { hint: HINT, cause });
      }
    };
    return keysOf(await askForKeys(send));
  };
  const keys = new Renewed(source, { early: EARLY, last: LAST, pause: PAUSE, timeout: REQUESTS * TIMEOUT });
  return {
    current: (signal) => keys.current(signal),
    refuse: (refused: AgencyKeys) => keys.refuse(refused),
    close() {
      keys.close();
      http.close();
    },
  };
}

async function askForKeys(send: Send): Promise<HttpAnswer> {
  const first = await send('GET', KEYS_PATH, {});
  if (first.status !== 401) return first;
  // A hardened server wants a token of its own first, which no page of a browser and no proxy can get.
  const token = await send('PUT', TOKEN_PATH, { 'x-metadata-token-ttl-seconds': '60' });
  if (token.status !== 200) return first;
  return await send('GET', KEYS_PATH, { 'x-metadata-token': token.body.toString('latin1').trim() });
}

function keysOf({ status, body }: HttpAnswer): AgencyKeys {
  const credential: unknown = jsonObjectOf(body)?.credential;
  if (status === 200 && isJsonObject(credential)) {
    const [accessKey, secretKey] = [textOf(credential, 'access'), textOf(credential, 'secret')];
    const expiresAt = Date.parse(textOf(credential, 'expires_at'));
    if (accessKey !== '' && secretKey !== '' && !Number.isNaN(expiresAt)) {
      return { accessKey, secretKey, securityToken: textOf(credential, 'securitytoken'), expiresAt };
    }
  }
  throw new SecretStoreError('unauthenticated', `the metadata service of this server has no keys: status ${status}`, {
    hint: HINT,
  });
}
