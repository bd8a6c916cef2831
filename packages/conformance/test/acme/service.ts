import { type Answer, type FakeService, type SeenRequest, startFakeService } from '@coffer/fake-services';

export type AcmeSecret = { readonly version: string } & (
  | { readonly values: Readonly<Record<string, string>> }
  | { readonly bytes: string }
);
interface Change {
  readonly name: string;
  readonly kind: 'changed' | 'removed';
}

export const TOKEN = 'acme-token-of-the-kit';
export const PAGE = 10;
export const BATCH = 20;
const PRODUCTION = 'production';
const EXPIRES = '2038-01-19T03:14:07Z';

/** A small service with all that a store can have: versions, environments, several values, bytes, pages, a batch call, changes. */
export class AcmeService {
  /** Listed, although nobody has put them. */
  readonly missing: Set<string> = new Set();
  /** Listed, and not for this identity to read. */
  readonly denied: Set<string> = new Set();
  readonly #environments = new Map<string, Map<string, AcmeSecret[]>>();
  readonly #changes: Change[] = [];
  #server: FakeService | undefined;
  #wake = (): void => undefined;

  static async start(): Promise<AcmeService> {
    const service = new AcmeService();
    service.#server = await startFakeService((request) => service.#answer(request));
    return service;
  }

  get server(): FakeService {
    if (this.#server === undefined) throw new Error('not started');
    return this.#server;
  }

  put(
    name: string,
    content: { values: Readonly<Record<string, string>> } | { bytes: string },
    environment: string = PRODUCTION,
  ): string {
    const secrets = this.#secretsOf(environment);
    const versions = secrets.get(name) ?? [];
    const version = String(versions.length + 1);
    secrets.set(name, [...versions, { version, ...content }]);
    this.#tell({ name, kind: 'changed' });
    return version;
  }

  /** From every environment. */
  remove(name: string): void {
    this.missing.delete(name);
    this.denied.delete(name);
    const removed = [...this.#environments.values()].filter((secrets) => secrets.delete(name));
    if (removed.length > 0) this.#tell({ name, kind: 'removed' });
  }

  #secretsOf(environment: string): Map<string, AcmeSecret[]> {
    const secrets = this.#environments.get(environment) ?? new Map<string, AcmeSecret[]>();
    this.#environments.set(environment, secrets);
    return secrets;
  }

  #tell(change: Change): void {
    this.#changes.push(change);
    this.#wake();
  }

  async #answer({ method, path, query, headers, body }: SeenRequest): Promise<Answer> {
    if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, body: { error: 'unknown token' } };
    const [, resource, ...rest] = path.split('/');
    if (resource === 'health') return { status: 200, body: {} };
    if (resource === 'changes') return this.#changesSince(Number(query.get('since') ?? this.#changes.length));
    const secrets = this.#secretsOf(query.get('environment') ?? PRODUCTION);
    if (resource === 'batch' && method === 'POST')
      return this.#batch(secrets, JSON.parse(body.toString()) as { names: string[] });
    if (resource !== 'secrets') return { status: 404, body: { error: 'no such resource' } };
    if (rest.length === 0) return this.#page(secrets, query.get('prefix') ?? '', Number(query.get('page') ?? 0));
    const name = decoded(rest.join('/'));
    if (name === undefined || name === '') return { status: 400, body: { error: 'a name is text' } };
    return this.#one(secrets, name, query.get('version'));
  }

  #one(secrets: Map<string, AcmeSecret[]>, name: string, version: string | null): Answer {
    if (this.denied.has(name)) return { status: 403, body: { error: 'denied' } };
    const versions = secrets.get(name);
    const secret = version === null ? versions?.at(-1) : versions?.find((each) => each.version === version);
    if (secret === undefined)
      return { status: 404, body: { error: versions === undefined ? 'no such secret' : 'no such version' } };
    return { status: 200, body: { name, ...secret, expires: EXPIRES } };
  }

  #page(secrets: Map<string, AcmeSecret[]>, prefix: string, page: number): Answer {
    const all = [...secrets.keys(), ...this.missing].filter((name) => name.startsWith(prefix)).sort();
    const more = (page + 1) * PAGE < all.length;
    return { status: 200, body: { names: all.slice(page * PAGE, (page + 1) * PAGE), next: more ? String(page + 1) : '' } };
  }

  #batch(secrets: Map<string, AcmeSecret[]>, { names }: { names: string[] }): Answer {
    if (names.length > BATCH) return { status: 400, body: { error: `at most ${BATCH} names` } };
    const denied = names.filter((name) => this.denied.has(name));
    const found = names.flatMap((name) => {
      const secret = this.denied.has(name) ? undefined : secrets.get(name)?.at(-1);
      return secret === undefined ? [] : [{ name, ...secret, expires: EXPIRES }];
    });
    return { status: 200, body: { found, denied } };
  }

  async #changesSince(since: number): Promise<Answer> {
    if (this.#changes.length <= since) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return { status: 200, body: { changes: this.#changes.slice(since), next: this.#changes.length } };
  }
}

/** A name out of a path; undefined when it is no text. */
function decoded(escaped: string): string | undefined {
  try {
    return decodeURIComponent(escaped);
  } catch (cause) {
    if (cause instanceof URIError) return undefined;
    throw cause;
  }
}
