import { randomBytes } from 'node:crypto';
import { type Answer, type FakeOptions, FakeService, type SeenRequest } from '../fake-service.ts';
import type { TokenIssuer } from './tokens.ts';

/** A secret's attributes as Key Vault keeps them. Times are seconds since the epoch. */
export interface FakeSecretOptions {
  readonly enabled?: boolean;
  readonly nbf?: number;
  readonly exp?: number;
  readonly contentType?: string;
  /** Belongs to a certificate. */
  readonly managed?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  /** Listed without attributes. */
  readonly isBare?: boolean;
  /** Listed, and not there when it is read: it was deleted between the two. */
  readonly isGone?: boolean;
  /** 32 hexadecimal digits; made up when absent. */
  readonly version?: string;
}

export interface FakeKeyVaultOptions extends FakeOptions {
  /** Whose tokens are accepted. */
  readonly tokens: TokenIssuer;
  /** Host name that the vault believes to have: its ids and next links say so, with the port 443 as the real ones do. */
  readonly host?: string;
  readonly tenant?: string;
  /** Where the challenge says that tokens come from. */
  readonly authority?: string;
  /** What tokens must be for. */
  readonly audience?: string;
}

export type FakeAction = 'get' | 'list' | 'set' | 'delete';
interface Version extends FakeSecretOptions {
  readonly id: string;
  readonly value: string | undefined;
  readonly created: number;
}

/** Pages have so many secrets at most, and by default. */
const PAGE = 25;
const LARGEST_VALUE = 25 * 1024;
const API_VERSIONS: ReadonlySet<string> = new Set(['7.0', '7.1', '7.2', '7.3', '7.4', '7.5', '7.6', '2025-07-01', '2026-04-01']);
const MISSING_HINT =
  'If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182';
const NOT_ALLOWED =
  'Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.';

/** A vault's secrets over the wire: what the REST API of version 7.5 says, its limits, and who may ask. */
export class FakeKeyVault extends FakeService {
  readonly host: string;
  readonly #secrets = new Map<string, Version[]>();
  readonly #denied: ((action: FakeAction, name: string) => boolean)[] = [];
  readonly #tokens: TokenIssuer;
  readonly #tenant: string;
  readonly #authority: string;
  readonly #audience: string;
  #quota: { readonly most: number; readonly milliseconds: number; readonly retryAfter: number | undefined } | undefined;
  #window = { start: 0, count: 0 };

  constructor({ tokens, host, tenant, authority, audience = 'https://vault.azure.net', ...options }: FakeKeyVaultOptions) {
    super((request) => this.#answer(request), options);
    this.host = host ?? 'myvault.vault.azure.net';
    this.#tokens = tokens;
    this.#tenant = tenant ?? '11111111-2222-3333-4444-555555555555';
    this.#authority = authority ?? `https://login.microsoftonline.com/${this.#tenant}`;
    this.#audience = audience;
  }

  /** Adds a version, and tells which one it is. A value that is undefined is absent from the answer. */
  set(name: string, value: string | undefined, options: FakeSecretOptions = {}): string {
    const id = options.version ?? randomBytes(16).toString('hex');
    const versions = this.#secrets.get(name.toLowerCase()) ?? [];
    versions.push({ ...options, id: `${name}/${id}`, value, created: Math.floor(Date.now() / 1000) });
    this.#secrets.set(name.toLowerCase(), versions);
    return id;
  }

  /** Deleted secrets are kept for recovery, and are missing for whoever reads. */
  delete(name: string): void {
    this.#secrets.delete(name.toLowerCase());
  }

  /** Refuses these actions from now on, as role assignments do. */
  deny(rule: (action: FakeAction, name: string) => boolean): void {
    this.#denied.push(rule);
  }

  /** Answers 429 to more than `most` requests in `milliseconds`; `retryAfter`, in seconds, is told when it is given. */
  throttle(most: number, milliseconds: number, retryAfter?: number): void {
    this.#quota = { most, milliseconds, retryAfter };
  }

  #answer(request: SeenRequest): Answer {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return refusal;
    const version = request.query.get('api-version');
    if (version === null) return failure(400, 'BadParameter', 'api-version must be specified');
    if (!API_VERSIONS.has(version)) {
      return failure(
        400,
        'BadParameter',
        `The specified version (${version}) is not recognized. Consider using the latest supported version (2026-04-01).`,
      );
    }
    const [, collection, name, selector, ...rest] = request.path.split('/');
    if (collection !== 'secrets' || rest.length > 0) return failure(404, 'NotFound', 'Resource not found');
    if (name === undefined || name === '') return request.method === 'GET' ? this.#list(request) : NO_METHOD;
    if (!/^[0-9A-Za-z-]{1,127}$/.test(name)) {
      return failure(400, 'BadParameter', `The request URI contains an invalid name: ${name}`);
    }
    if (request.method === 'PUT') return this.#put(name, request);
    if (request.method === 'DELETE') return this.#remove(name);
    if (request.method !== 'GET') return NO_METHOD;
    return selector === 'versions' ? this.#listVersions(name) : this.#get(name, selector ?? '');
  }

  /** Who asks, before what is asked. */
  #refusal({ headers }: SeenRequest): Answer | undefined {
    const challenge = `Bearer authorization="${this.#authority}", resource="${this.#audience}"`;
    const unauthorized = (message: string): Answer => ({
      ...failure(401, 'Unauthorized', message),
      headers: { 'www-authenticate': challenge },
    });
    const given = headers.authorization;
    if (!given?.startsWith('Bearer ')) return unauthorized('AKV10000: Request is missing a Bearer or PoP token.');
    const claims = this.#tokens.read(given.slice('Bearer '.length));
    if (claims === undefined) return unauthorized("[BearerReadAccessTokenFailed] Error validating token: 'S2S12005'.");
    if (claims.exp * 1000 <= Date.now()) return unauthorized("[TokenExpired] Error validating token: 'S2S12086'.");
    const { aud, iss } = claims;
    if (aud.replace(/\/$/, '') !== this.#audience) {
      return unauthorized(`AKV10022: Invalid audience. Expected ${this.#audience}, found: ${aud}.`);
    }
    const issuer = `https://sts.windows.net/${this.#tenant}/`;
    if (iss !== issuer) return unauthorized(`AKV10032: Invalid issuer. Expected one of ${issuer}, found ${iss}.`);
    return this.#throttled();
  }

  #throttled(): Answer | undefined {
    if (this.#quota === undefined) return undefined;
    const { most, milliseconds, retryAfter } = this.#quota;
    const now = Date.now();
    if (now - this.#window.start >= milliseconds) this.#window = { start: now, count: 0 };
    if (++this.#window.count <= most) return undefined;
    return {
      ...failure(
        429,
        'Throttled',
        'Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached',
      ),
      headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
    };
  }

  #isDenied(action: FakeAction, name: string): boolean {
    return this.#denied.some((rule) => rule(action, name));
  }

  #get(name: string, selector: string): Answer {
    if (this.#isDenied('get', name)) return failure(403, 'Forbidden', NOT_ALLOWED, 'ForbiddenByRbac');
    const versions = this.#secrets.get(name.toLowerCase());
    if (versions === undefined || versions.at(-1)?.isGone) {
      return failure(404, 'SecretNotFound', `A secret with (name/id) ${name} was not found in this key vault. ${MISSING_HINT}`);
    }
    const found = selector === '' ? versions.at(-1) : versions.find(({ id }) => id.endsWith(`/${selector}`));
    if (found === undefined) {
      return failure(404, 'SecretNotFound', `A secret with (name/id) ${name}/${selector} was not found in this key vault.`);
    }
    if (found.enabled === false) {
      return failure(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled');
    }
    const { value } = found;
    return { status: 200, body: { ...(value === undefined ? {} : { value }), ...this.#described(found, found.id) } };
  }

  #list({ query }: SeenRequest): Answer {
    if (this.#isDenied('list', '')) return failure(403, 'Forbidden', NOT_ALLOWED, 'ForbiddenByRbac');
    const size = query.get('maxresults') ?? String(PAGE);
    if (!/^\d+$/.test(size) || Number(size) < 1 || Number(size) > PAGE) {
      return failure(400, 'BadParameter', 'Property maxresults  has invalid value\r\n');
    }
    const token = query.get('$skiptoken') ?? '';
    const start = token === '' ? '0' : Buffer.from(token, 'base64url').toString();
    if (!/^\d+$/.test(start)) return failure(400, 'BadParameter', 'Property $skiptoken  has invalid value\r\n');
    const all = [...this.#secrets.values()];
    const end = Number(start) + Number(size);
    const next = Buffer.from(String(end)).toString('base64url');
    const path = `/secrets?api-version=${query.get('api-version')}&$skiptoken=${next}&maxresults=${size}`;
    const page = all.slice(Number(start), end).flatMap((versions) => versions.at(-1) ?? []);
    const bare = (version: Version) => ({ id: `https://${this.host}/secrets/${nameOf(version)}` });
    const value = page.map((version) => (version.isBare ? bare(version) : this.#described(version, nameOf(version))));
    return { status: 200, body: { value, nextLink: end < all.length ? `https://${this.host}:443${path}` : null } };
  }

  #listVersions(name: string): Answer {
    if (this.#isDenied('list', name)) return failure(403, 'Forbidden', NOT_ALLOWED, 'ForbiddenByRbac');
    const versions = this.#secrets.get(name.toLowerCase()) ?? [];
    return { status: 200, body: { value: versions.map((version) => this.#described(version, version.id)), nextLink: null } };
  }

  #put(name: string, { body }: SeenRequest): Answer {
    if (this.#isDenied('set', name)) return failure(403, 'Forbidden', NOT_ALLOWED, 'ForbiddenByRbac');
    const given = JSON.parse(body.toString()) as { value?: unknown; contentType?: string; attributes?: FakeSecretOptions };
    if (typeof given.value !== 'string') return failure(400, 'BadParameter', 'Property value is required');
    if (Buffer.byteLength(given.value) > LARGEST_VALUE) {
      return failure(400, 'BadParameter', `Property  has invalid length. The maximum length is ${LARGEST_VALUE}.`);
    }
    const { contentType, attributes } = given;
    this.set(name, given.value, { ...attributes, ...(contentType === undefined ? {} : { contentType }) });
    const version = this.#secrets.get(name.toLowerCase())?.at(-1) as Version;
    return { status: 200, body: { value: version.value, ...this.#described(version, version.id) } };
  }

  #remove(name: string): Answer {
    if (this.#isDenied('delete', name)) return failure(403, 'Forbidden', NOT_ALLOWED, 'ForbiddenByRbac');
    const version = this.#secrets.get(name.toLowerCase())?.at(-1);
    if (version === undefined) {
      return failure(404, 'SecretNotFound', `A secret with (name/id) ${name} was not found in this key vault. ${MISSING_HINT}`);
    }
    this.delete(name);
    const recoveryId = `https://${this.host}/deletedsecrets/${name}`;
    return { status: 200, body: { recoveryId, ...this.#described(version, version.id) } };
  }

  #described({ enabled = true, nbf, exp, contentType, managed, tags = {}, created }: Version, id: string): object {
    const attributes = {
      enabled,
      nbf,
      exp,
      created,
      updated: created,
      recoveryLevel: 'Recoverable+Purgeable',
      recoverableDays: 90,
    };
    return { id: `https://${this.host}/secrets/${id}`, contentType, managed, attributes, tags };
  }
}

/** A vault on a free port of 127.0.0.1. */
export async function startFakeKeyVault(options: FakeKeyVaultOptions): Promise<FakeKeyVault> {
  return await new FakeKeyVault(options).listen();
}

const NO_METHOD: Answer = failure(405, 'MethodNotAllowed', 'The HTTP method is not allowed on this resource.');

function nameOf({ id }: Version): string {
  return id.slice(0, id.indexOf('/'));
}

function failure(status: number, code: string, message: string, inner?: string): Answer {
  const error = { code, message, ...(inner === undefined ? {} : { innererror: { code: inner } }) };
  return { status, body: { error } };
}
