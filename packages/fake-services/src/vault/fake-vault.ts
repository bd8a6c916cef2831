import { randomBytes } from 'node:crypto';
import { textOfBuffer } from '@coffer/core/driver';
import { type Answer, type FakeOptions, FakeService, type SeenRequest } from '../fake-service.ts';
import { KvEngine } from './kv-engine.ts';
import { failure, listed, withData } from './messages.ts';

export type Capability = 'read' | 'list' | 'deny';
/** Paths as a policy names them, `*` at the end for all that begin so, and what is allowed there; `deny` goes before the rest. */
export type Policy = Readonly<Record<string, readonly Capability[]>>;

/** A part of the server that answers for itself and knows tokens of its own, such as the auth methods. */
export interface VaultPart {
  handle(request: SeenRequest): Answer | undefined;
  /** Undefined for a token that it does not know. */
  authenticate(request: SeenRequest): object | undefined;
}

export interface VaultOptions extends FakeOptions {
  readonly part?: VaultPart;
}

const ROOT: Policy = { '*': ['read', 'list'] };

/** A Vault server: key-value engines, namespaces, policies, wrapping, and the states in which it does not serve. */
export class FakeVault extends FakeService {
  /** Policies by token; `root` may all. */
  readonly tokens: Map<string, Policy> = new Map([['root', ROOT]]);
  /** Engines by mount path, in front of it the namespace and a slash. `secret` is of version 2. */
  readonly engines: Map<string, KvEngine> = new Map([['secret', new KvEngine(2)]]);
  readonly namespaces: Set<string> = new Set();
  isSealed = false;
  /** Where a standby node sends on to; the server itself serves while it is undefined. */
  active: string | undefined;
  /** Whether the answers of engines are wrapped, as a policy with `min_wrapping_ttl` makes the server do. */
  wraps = false;
  readonly #part: VaultPart | undefined;
  readonly #wrapped = new Map<string, Answer>();

  private constructor({ part, ...options }: VaultOptions) {
    super((request) => this.#handle(request), { ...options, list: true });
    this.#part = part;
  }

  static start(options: VaultOptions = {}): Promise<FakeVault> {
    return new FakeVault(options).listen();
  }

  /** The engine at this path, mounted when there is none. */
  engine(path = 'secret', version: 1 | 2 = 2): KvEngine {
    const engine = this.engines.get(path) ?? new KvEngine(version);
    this.engines.set(path, engine);
    return engine;
  }

  #handle(request: SeenRequest): Answer {
    // What Go's router does before the server sees the request.
    if (request.path.startsWith('//')) return failure(404, []);
    if (/\/(\.{0,2})\//.test(request.path) || /\/\.{1,2}$/.test(request.path)) {
      const cleaned = new URL(request.path.replace(/\/{2,}/g, '/'), this.url).pathname;
      return { status: 307, headers: { location: cleaned + request.search } };
    }
    if (request.path === '/v1/sys/health') return this.#health(request);
    if (this.isSealed) return failure(503, ['Vault is sealed']);
    if (this.active !== undefined) return { status: 307, headers: { location: this.active + request.path + request.search } };
    const path = decoded(request.path.replace(/^\/v1\//, ''));
    if (UNPRINTABLE.test(path)) return { status: 400 };
    if (path.split('/').includes('..')) return failure(400, ['relative paths not supported']);
    if (path === 'sys/wrapping/unwrap') return this.#unwrap(request);
    return this.#part?.handle(request) ?? this.#ask(request, path);
  }

  #ask(request: SeenRequest, path: string): Answer {
    const namespace = String(request.headers['x-vault-namespace'] ?? '').replace(/\/$/, '');
    if (namespace !== '' && !this.namespaces.has(namespace)) return failure(404, ['namespace not found']);
    const policy = this.tokens.get(String(request.headers['x-vault-token'] ?? '')) ?? this.#own(request);
    if (policy === undefined) return failure(403, ['permission denied']);
    const inside = namespace === '' ? '' : `${namespace}/`;
    if (path.startsWith('sys/internal/ui/mounts/'))
      return this.#mount(path.slice('sys/internal/ui/mounts/'.length), inside, policy);
    const capability = request.method === 'LIST' || request.query.get('list') === 'true' ? 'list' : 'read';
    if (!allows(policy, path, capability)) return listed(403, 'permission denied');
    const found = this.#engineFor(inside + path);
    if (found === undefined) return failure(404, [`no handler for route "${path}". route entry not found.`]);
    const answer = found.engine.handle(request.method, found.rest, request.query);
    return this.wraps && answer.status === 200 ? this.#wrap(answer, path) : answer;
  }

  #own(request: SeenRequest): Policy | undefined {
    return this.#part?.authenticate(request) === undefined ? undefined : ROOT;
  }

  #engineFor(path: string): { readonly engine: KvEngine; readonly mount: string; readonly rest: string } | undefined {
    const mounts = [...this.engines].filter(([mount]) => path.startsWith(`${mount}/`) || path === mount);
    const [mount, engine] = mounts.toSorted(([a], [b]) => b.length - a.length)[0] ?? [];
    return mount === undefined || engine === undefined ? undefined : { engine, mount, rest: path.slice(mount.length + 1) };
  }

  #mount(path: string, inside: string, policy: Policy): Answer {
    const found = this.#engineFor(inside + path);
    const mayAny = Object.keys(policy).some((rule) => rule === '*' || rule.startsWith(path));
    if (found === undefined || !mayAny) {
      const text = `preflight capability check returned 403, please ensure client's policies grant access to path "${path}/"`;
      return failure(403, [text]);
    }
    const options = found.engine.version === 2 ? { version: '2' } : null;
    return withData(JSON.stringify({ type: 'kv', path: `${found.mount.slice(inside.length)}/`, options, description: '' }));
  }

  #health({ query }: SeenRequest): Answer {
    const standby = this.active !== undefined;
    const status = this.isSealed ? 503 : standby && !query.has('standbyok') ? 429 : 200;
    return { status, body: { initialized: true, sealed: this.isSealed, standby, version: '2.7.2' } };
  }

  #wrap(answer: Answer, path: string): Answer {
    const token = `s.${randomBytes(18).toString('base64url')}`;
    this.#wrapped.set(token, answer);
    const wrapInfo = { token, accessor: '', ttl: 60, creation_time: new Date().toISOString(), creation_path: path };
    return withData('null', { wrapInfo: JSON.stringify(wrapInfo) });
  }

  #unwrap(request: SeenRequest): Answer {
    const token = String(request.headers['x-vault-token'] ?? '');
    const answer = this.#wrapped.get(token);
    this.#wrapped.delete(token);
    return answer ?? this.#part?.handle(request) ?? failure(400, ['wrapping token is not valid or does not exist']);
  }
}

function allows(policy: Policy, path: string, capability: Capability): boolean {
  const allowed = Object.entries(policy)
    .filter(([rule]) => (rule.endsWith('*') ? path.startsWith(rule.slice(0, -1)) : path === rule))
    .flatMap(([, capabilities]) => capabilities);
  return allowed.includes(capability) && !allowed.includes('deny');
}

/** As Go's `unicode.IsPrint` has it: of spaces, the plain one alone. A byte that is no UTF-8 counts as printable. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S}\udc80-\udcff ]/u;

/** Bytes that are no UTF-8 are in no secret's name. */
function decoded(path: string): string {
  const bytes = path.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return textOfBuffer(Buffer.from(bytes, 'latin1'));
}
