import type { Answer } from '../fake-service.ts';
import { failure, listed, withData } from './messages.ts';

interface Version {
  /** JSON text; undefined once it is destroyed. */
  data: string | undefined;
  /** Empty for never; a time in the past means deleted. */
  deletionTime: string;
}

const CREATED = '2026-11-02T09:30:00.123456789Z';

/** A key-value engine of either version, in memory. Paths are those of secrets, without `data/`. */
export class KvEngine {
  readonly version: 1 | 2;
  readonly #secrets = new Map<string, Version[]>();

  constructor(version: 1 | 2) {
    this.version = version;
  }

  /** Writes a secret, or its next version. Text is JSON and is sent as it is. Answers the number of the version. */
  put(path: string, data: Readonly<Record<string, unknown>> | string): number {
    const version = { data: typeof data === 'string' ? data : JSON.stringify(data), deletionTime: '' };
    const versions = this.version === 2 ? (this.#secrets.get(path) ?? []) : [];
    this.#secrets.set(path, [...versions, version]);
    return versions.length + 1;
  }

  /** Soft deletion of the latest version, or at a time to come. */
  delete(path: string, at: Date = new Date(0)): void {
    const version = this.#secrets.get(path)?.at(-1);
    if (version !== undefined) version.deletionTime = at.toISOString();
  }

  destroy(path: string, number: number): void {
    const version = this.#secrets.get(path)?.[number - 1];
    if (version !== undefined) version.data = undefined;
  }

  /** All versions and the name. */
  remove(path: string): void {
    this.#secrets.delete(path);
  }

  /** The answer to a path below the mount. */
  handle(method: string, path: string, query: URLSearchParams): Answer {
    const isList = method === 'LIST' || (method === 'GET' && query.get('list') === 'true');
    if (!isList && method !== 'GET') return listed(405, 'unsupported operation');
    const [, part = '', rest = ''] =
      this.version === 1 ? ['', isList ? 'metadata' : 'data', path] : (/^([^/]+)\/(.*)$/.exec(path) ?? []);
    if (isList && part === 'metadata') return this.#list(rest);
    if (!isList && part === 'data')
      return this.version === 1 ? this.#readOnly(rest) : this.#read(rest, query.get('version') ?? '');
    return listed(
      part === 'data' || part === 'metadata' ? 405 : 404,
      part === 'data' || part === 'metadata' ? 'unsupported operation' : 'unsupported path',
    );
  }

  #read(path: string, given: string): Answer {
    if (!/^-?\d*$/.test(given)) {
      const reason =
        "error converting input for field \"version\": '' cannot parse value as 'int': strconv.ParseInt: invalid syntax";
      return failure(400, [`Field validation failed: ${reason}`]);
    }
    const versions = this.#secrets.get(path.replace(/\/$/, ''));
    if (versions === undefined) return failure(404, []);
    const number = Number(given) > 0 ? Number(given) : versions.length;
    const version = versions[number - 1];
    if (version === undefined) return failure(404, []);
    if (path.endsWith('/')) return listed(500, 'could not find version data');
    const isDeleted = version.deletionTime !== '' && Date.parse(version.deletionTime) <= Date.now();
    const isThere = version.data !== undefined && !isDeleted;
    const metadata = `{"created_time":"${CREATED}","custom_metadata":null,"deletion_time":"${version.deletionTime}","destroyed":${version.data === undefined},"version":${number}}`;
    const data = `{"data":${isThere ? version.data : 'null'},"metadata":${metadata}}`;
    return isThere ? withData(data) : failure(404, [], data);
  }

  #readOnly(path: string): Answer {
    const data = this.#secrets.get(path)?.at(-1)?.data;
    return data === undefined ? failure(404, []) : withData(data, { lease: 2_764_800 });
  }

  #list(path: string): Answer {
    const folder = path === '' ? '' : `${path.replace(/\/$/, '')}/`;
    const below = [...this.#secrets.keys()].filter((name) => name.startsWith(folder)).map((name) => name.slice(folder.length));
    const keys = new Set(below.map((name) => (name.includes('/') ? `${name.split('/')[0]}/` : name)));
    return keys.size === 0 ? failure(404, []) : withData(JSON.stringify({ keys: [...keys].sort() }));
  }
}
