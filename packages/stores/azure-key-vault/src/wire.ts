import { type JsonObject, jsonObjectOf } from '@coffer/http-client';
import { VaultFailure } from './vault-failure.ts';

/** Times are milliseconds since the epoch. */
interface Attributes {
  readonly enabled: boolean | undefined;
  readonly notBefore: number | undefined;
  readonly expires: number | undefined;
}

/** A secret with its value. */
export interface ReadSecret extends Attributes {
  /** Undefined when the vault gives none. */
  readonly value: string | undefined;
  readonly version: string | undefined;
}

/** A secret as lists have it. */
export interface ListedSecret extends Attributes {
  readonly name: string;
  /** Belongs to a certificate. */
  readonly isManaged: boolean;
}

/** `{"value", "id", "attributes"}`. */
export function readSecretOf(text: string, url: URL): ReadSecret {
  const { value, id, attributes } = objectOf(text, url);
  if (value !== undefined && value !== null && typeof value !== 'string') throw strange(url);
  const version = typeof id === 'string' ? segmentsOf(id)[2] : undefined;
  return { value: value ?? undefined, version, ...attributesOf(attributes) };
}

/** `{"value": [{"id", "attributes", "managed"}], "nextLink"}`. The last page has no next one: null, absent or empty. */
export function listedSecretsOf(
  text: string,
  url: URL,
): { readonly secrets: readonly ListedSecret[]; readonly next: URL | undefined } {
  const { value, nextLink } = objectOf(text, url);
  if (!Array.isArray(value)) throw strange(url);
  const secrets = value.map((item: unknown) => {
    const { id, attributes, managed } = (item ?? {}) as JsonObject;
    const name = typeof id === 'string' ? segmentsOf(id)[1] : undefined;
    if (name === undefined) throw strange(url);
    return { name, isManaged: managed === true, ...attributesOf(attributes) };
  });
  if (nextLink === undefined || nextLink === null || nextLink === '') return { secrets, next: undefined };
  const next = typeof nextLink === 'string' && URL.canParse(nextLink, url.href) ? new URL(nextLink, url) : undefined;
  if (next?.pathname !== url.pathname) throw strange(url);
  return { secrets, next };
}

function objectOf(text: string, url: URL): JsonObject {
  const answer = jsonObjectOf(text);
  if (answer === undefined) throw strange(url);
  return answer;
}

function attributesOf(given: unknown): Attributes {
  const { enabled, nbf, exp } = (typeof given === 'object' && given !== null ? given : {}) as JsonObject;
  return {
    enabled: typeof enabled === 'boolean' ? enabled : undefined,
    notBefore: typeof nbf === 'number' ? nbf * 1000 : undefined,
    expires: typeof exp === 'number' ? exp * 1000 : undefined,
  };
}

/** `["secrets", name, version]` of an id, which is a URL of the vault. */
function segmentsOf(id: string): readonly string[] {
  return URL.canParse(id) ? new URL(id).pathname.split('/').slice(1) : [];
}

function strange(url: URL): VaultFailure {
  return new VaultFailure({ message: `GET ${url.origin}${url.pathname}: the answer is not that of a Key Vault` });
}
