import type { Answer, SeenRequest } from '../fake-service.ts';
import { crc32c } from './crc32c.ts';
import { matchesFilter } from './filter.ts';
import type { Secret, Secrets } from './secrets.ts';
import { denied, errorInfo, Refusal } from './status.ts';

export interface Project {
  readonly id: string;
  readonly number: string;
}

/** `secretmanager.versions.access`, for one secret or for every one. */
export interface Denial {
  readonly permission: string;
  readonly secret?: string;
  /** By default whoever asks. */
  readonly principal?: string;
}

export interface SecretManagerState {
  readonly project: Project;
  readonly secrets: Secrets;
  readonly denials: readonly Denial[];
  /** Whether checksums are those of other bytes. */
  readonly wrongChecksums: () => boolean;
}

const LARGEST_PAGE = 25_000;
const DEFAULT_PAGE = 100;
const ID = /^[A-Za-z0-9_-]+$/;

/** The REST API of Secret Manager, as far as readers use it. Undefined for a path that is not of it. */
export function answerSecretManager(
  state: SecretManagerState,
  request: SeenRequest,
  principal: () => string,
): Answer | undefined {
  const route = /^\/v1\/projects\/([^/]+)(?:\/locations\/([^/]+))?\/secrets(?:\/(.*))?$/.exec(request.path);
  if (route === null) return undefined;
  const [project = '', location = '', rest = ''] = route.slice(1).map((part) => decodeURIComponent(part ?? ''));
  const call = new Call(state, principal(), project, location);
  const quotaProject = request.headers['x-goog-user-project'];
  if (typeof quotaProject === 'string') call.mayUseQuota(quotaProject);
  if (request.method === 'GET' && rest === '') return { status: 200, body: masked(call.list(request.query), request.query) };
  const [, accessed, version] = /^(.*)\/versions\/(.*):access$/s.exec(rest) ?? [];
  if (request.method === 'GET' && accessed !== undefined && version !== undefined) {
    return { status: 200, body: call.access(accessed, version) };
  }
  const [, tested] = /^([^/]+):testIamPermissions$/.exec(rest) ?? [];
  if (request.method === 'POST' && tested !== undefined) return { status: 200, body: call.test(tested, request.body) };
  return undefined;
}

class Call {
  readonly #state: SecretManagerState;
  readonly #principal: string;
  /** As it was asked for, and as it is answered: with the project's number. */
  readonly #asked: string;
  readonly #parent: string;
  readonly #location: string;
  readonly #isMine: boolean;

  constructor(state: SecretManagerState, principal: string, project: string, location: string) {
    const under = location === '' ? '' : `/locations/${location}`;
    this.#state = state;
    this.#principal = principal;
    this.#asked = `projects/${project}${under}`;
    this.#parent = `projects/${state.project.number}${under}`;
    this.#location = location;
    this.#isMine = project === state.project.id || project === state.project.number;
  }

  mayUseQuota(project: string): void {
    if (!this.#isDenied('serviceusage.services.use')) return;
    const message = `Caller does not have required permission to use project ${project}. Grant the caller the roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission.`;
    throw new Refusal('PERMISSION_DENIED', message, [
      errorInfo('USER_PROJECT_DENIED', 'googleapis.com', { consumer: `projects/${project}` }),
    ]);
  }

  list(query: URLSearchParams): object {
    if (!this.#isMine || this.#isDenied('secretmanager.secrets.list')) throw denied('secretmanager.secrets.list', this.#asked);
    const size = Number(query.get('pageSize') ?? 0);
    if (!Number.isInteger(size) || size < 0) throw new Refusal('INVALID_ARGUMENT', 'The provided page size is invalid.');
    const token = query.get('pageToken') ?? '';
    const start = token === '' ? 0 : Number(Buffer.from(token, 'base64url').toString());
    if (!Number.isInteger(start)) throw new Refusal('INVALID_ARGUMENT', 'The provided page token is invalid.');
    const filter = query.get('filter') ?? '';
    const all = this.#state.secrets.all(this.#location).filter((secret) => matchesFilter(secret, filter));
    const end = start + Math.min(size === 0 ? DEFAULT_PAGE : size, LARGEST_PAGE);
    const next = end < all.length ? { nextPageToken: Buffer.from(String(end)).toString('base64url') } : {};
    return { secrets: all.slice(start, end).map((secret) => this.#shown(secret)), ...next, totalSize: all.length };
  }

  access(id: string, version: string): object {
    const asked = `${this.#asked}/secrets/${id}/versions/${version}`;
    if (!ID.test(id) || !ID.test(version)) {
      throw new Refusal('INVALID_ARGUMENT', `Resource ID [${asked}] is not in a valid format.`);
    }
    if (!this.#isMine || this.#isDenied('secretmanager.versions.access', id))
      throw denied('secretmanager.versions.access', asked);
    const secret = this.#state.secrets.find(id, this.#location);
    const resource = `${this.#parent}/secrets/${id}`;
    const latest = secret?.versions.at(-1)?.number;
    const number = version === 'latest' ? latest : /^\d+$/.test(version) ? Number(version) : secret?.aliases.get(version);
    if (secret === undefined || (version === 'latest' && latest === undefined)) {
      throw new Refusal('NOT_FOUND', `Secret [${resource}] not found or has no versions.`);
    }
    const found = secret.versions.find((candidate) => candidate.number === number);
    if (found === undefined) throw new Refusal('NOT_FOUND', `Secret Version [${resource}/versions/${version}] not found.`);
    const name = `${resource}/versions/${found.number}`;
    if (found.state !== 'ENABLED') {
      throw new Refusal('FAILED_PRECONDITION', `Secret Version [${name}] is in ${found.state} state.`);
    }
    const checksum = crc32c(this.#state.wrongChecksums() ? Buffer.from('other bytes') : found.data);
    return { name, payload: { data: found.data.toString('base64'), dataCrc32c: String(checksum) } };
  }

  /** Of a secret that does not exist, nobody has a permission; that is no failure. */
  test(id: string, body: Buffer): object {
    const { permissions = [] } = JSON.parse(body.toString()) as { permissions?: string[] };
    const exists = this.#isMine && this.#state.secrets.find(id, this.#location) !== undefined;
    const held = exists ? permissions.filter((permission) => !this.#isDenied(permission, id)) : [];
    return held.length === 0 ? {} : { permissions: held };
  }

  #isDenied(permission: string, id?: string): boolean {
    return this.#state.denials.some(
      (denial) =>
        denial.permission === permission &&
        (denial.secret === undefined || denial.secret === id) &&
        (denial.principal === undefined || denial.principal === this.#principal),
    );
  }

  #shown({ id, labels }: Secret): object {
    const replication = this.#location === '' ? { replication: { automatic: {} } } : {};
    const labelled = Object.keys(labels).length === 0 ? {} : { labels };
    const createTime = '2026-11-25T04:00:00.000001Z';
    return { name: `${this.#parent}/secrets/${id}`, ...replication, createTime, ...labelled, etag: '"1649d3d2e5e6c1"' };
  }
}

/** The answer cut down to what the system parameter `fields` names: `secrets/name,nextPageToken`. */
function masked(body: object, query: URLSearchParams): object {
  const fields = query.get('fields');
  return fields === null
    ? body
    : (pick(
        body,
        fields.split(',').map((path) => path.split('/')),
      ) as object);
}

function pick(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (Array.isArray(value)) return value.map((item) => pick(item, paths));
  if (typeof value !== 'object' || value === null || paths.some((path) => path.length === 0)) return value;
  const kept = Object.entries(value).flatMap(([name, member]) => {
    const inner = paths.filter(([first]) => first === name).map(([, ...rest]) => rest);
    return inner.length === 0 ? [] : [[name, pick(member, inner)] as const];
  });
  return Object.fromEntries(kept);
}
