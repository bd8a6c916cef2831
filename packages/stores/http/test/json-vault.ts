import { textOfBuffer } from '@coffer/core/driver';
import { type Answer, type FakeOptions, type FakeService, type SeenRequest, startFakeService } from '@coffer/fake-services';

export const TOKEN = 'canary-token';
/** A token that is known, and may read nothing. */
export const OTHER_TOKEN = 'canary-other-token';

/** Names on one page of the list. */
const PAGE = 10;

/**
 * A service of secrets as many companies have written one: values and versions as JSON, a token, a list in pages.
 *
 *     GET /v1/secrets/{name}?version=2   {"data": {"value": …, "values": {…}, "fields": […]}, "meta": {"version": 2, …}}
 *     GET /v1/secrets                    {"items": [{"name": …}], "next": "/v1/secrets?after=10", "cursor": "10"}, and Link
 *     POST /v1/read                      the same as for a GET, for {"secret": …, "version": …}
 *     GET /v1/whoami                     {}
 */
export class JsonVault implements AsyncDisposable {
  readonly service: FakeService;
  /** Versions of each secret, the first one first. */
  readonly secrets: Map<string, Readonly<Record<string, unknown>>[]> = new Map();
  /** Names that are listed, and not there when they are read. */
  readonly ghosts: Set<string> = new Set();
  /** Names that are listed, and that nobody may read. */
  readonly denied: Set<string> = new Set();

  private constructor(service: FakeService) {
    this.service = service;
  }

  static async start(options: FakeOptions = {}): Promise<JsonVault> {
    const vault: JsonVault = new JsonVault(await startFakeService((request) => vault.#answer(request), options));
    return vault;
  }

  /** Puts a version of a secret; returns its number. */
  put(name: string, values: Readonly<Record<string, unknown>>): string {
    const versions = this.secrets.get(name) ?? [];
    versions.push(values);
    this.secrets.set(name, versions);
    return String(versions.length);
  }

  /** Takes a secret away, with all its versions and all that was said of it. */
  remove(name: string): void {
    for (const known of [this.secrets, this.ghosts, this.denied]) known.delete(name);
  }

  /** Settings of a component that reads single values. */
  settings(): Record<string, string> {
    return {
      url: `${this.service.url}/v1/secrets/{name}?version={version_id}`,
      token: TOKEN,
      valuePath: '$.data.value',
      versionPath: '$.meta.version',
      expiryPath: '$.meta.expires',
      listUrl: `${this.service.url}/v1/secrets`,
      listPath: '$.items[*].name',
      nextPath: '$.next',
      pingUrl: `${this.service.url}/v1/whoami`,
    };
  }

  /** The same for secrets with several keys. */
  multiSettings(): Record<string, string> {
    const { valuePath: _, ...settings } = this.settings();
    return { ...settings, valuesPath: '$.data.values' };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.service.close();
  }

  #answer({ method, path, query, headers, body }: SeenRequest): Answer {
    if (headers.authorization === `Bearer ${OTHER_TOKEN}`) return { status: 403 };
    if (headers.authorization !== `Bearer ${TOKEN}`)
      return { status: 401, body: { error: `no such token ${headers.authorization}` } };
    if (path === '/v1/whoami') return { status: 200, body: {} };
    if (path === '/v1/secrets') return this.#page(Number(query.get('after') ?? 0));
    if (path === '/v1/read' && method === 'POST') {
      const { secret, version } = JSON.parse(String(body)) as { readonly secret: string; readonly version?: string };
      return this.#secret(secret, version ?? null);
    }
    const [, name] = /^\/v1\/secrets\/([^/]+)$/.exec(path) ?? [];
    return name === undefined ? { status: 404 } : this.#secret(unescaped(name), query.get('version'));
  }

  #page(start: number): Answer {
    const names = [...this.secrets.keys(), ...this.ghosts];
    const end = start + PAGE;
    const next = end < names.length ? { next: `/v1/secrets?after=${end}`, cursor: String(end) } : { next: null };
    const items = names.slice(start, end).map((name) => ({ name }));
    const link = end < names.length ? `</v1/secrets>; rel="first", </v1/secrets?after=${end}>; rel="next"` : '';
    return { status: 200, headers: { link }, body: { items, ...next } };
  }

  #secret(name: string, version: string | null): Answer {
    if (this.denied.has(name)) return { status: 403 };
    const versions = this.secrets.get(name) ?? [];
    const number = version === null ? versions.length : Number(version);
    const values = versions[number - 1];
    if (values === undefined) return { status: 404, body: { error: `no secret ${name}` } };
    const fields = Object.entries(values).map(([label, value]) => ({ label, value }));
    const body = { data: { value: Object.values(values)[0], values, fields }, meta: { version: number, expires: EXPIRES } };
    return { status: 200, body };
  }
}

/** A name may hold bytes that are no UTF-8. */
function unescaped(text: string): string {
  const bytes = text.replace(/%([0-9A-F]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return textOfBuffer(Buffer.from(bytes, 'latin1'));
}

export const EXPIRES = '2030-01-02T03:04:05Z';
