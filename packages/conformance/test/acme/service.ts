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

/** A small service with all that a store can have: versions, several values, bytes, pages, a batch call, changes. */
export class AcmeService {
  readonly #secrets = new Map<string, AcmeSecret[]>();
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

  put(name: string, content: { values: Readonly<Record<string, string>> } | { bytes: string }): string {
    const versions = this.#secrets.get(name) ?? [];
    const version = String(versions.length + 1);
    this.#secrets.set(name, [...versions, { version, ...content }]);
    this.#tell({ name, kind: 'changed' });
    return version;
  }

  remove(name: string): void {
    if (this.#secrets.delete(name)) this.#tell({ name, kind: 'removed' });
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
    if (resource === 'batch' && method === 'POST') return this.#batch(JSON.parse(body.toString()) as { names: string[] });
    if (resource !== 'secrets') return { status: 404, body: { error: 'no such resource' } };
    if (rest.length === 0) return this.#page(Number(query.get('page') ?? 0));
    return this.#one(decodeURIComponent(rest.join('/')), query.get('version'));
  }

  #one(name: string, version: string | null): Answer {
    const versions = this.#secrets.get(name);
    const secret = version === null ? versions?.at(-1) : versions?.find((each) => each.version === version);
    if (secret === undefined)
      return { status: 404, body: { error: versions === undefined ? 'no such secret' : 'no such version' } };
    return { status: 200, body: { name, ...secret } };
  }

  #page(page: number): Answer {
    const names = [...this.#secrets.keys()].sort().slice(page * PAGE, (page + 1) * PAGE);
    const more = (page + 1) * PAGE < this.#secrets.size;
    return { status: 200, body: { names, next: more ? String(page + 1) : '' } };
  }

  #batch({ names }: { names: string[] }): Answer {
    if (names.length > BATCH) return { status: 400, body: { error: `at most ${BATCH} names` } };
    const found = names.flatMap((name) => {
      const secret = this.#secrets.get(name)?.at(-1);
      return secret === undefined ? [] : [{ name, ...secret }];
    });
    return { status: 200, body: { found } };
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
