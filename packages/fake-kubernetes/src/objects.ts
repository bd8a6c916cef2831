import { Failure } from './status.ts';

/** An object as a test gives it and as the server answers it. */
export interface StoredObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly resourceVersion?: string;
    readonly [member: string]: unknown;
  };
  readonly type?: string;
  readonly [member: string]: unknown;
}
export interface Kind {
  readonly group: string;
  readonly version: string;
  /** Plural: `secrets`. */
  readonly resource: string;
  /** `Secret`. */
  readonly kind: string;
}
export interface LoggedChange {
  readonly version: number;
  readonly resource: string;
  readonly before: StoredObject | undefined;
  readonly after: StoredObject | undefined;
  /** The object as of this change, also when it is gone. */
  readonly object: StoredObject;
}

/** What etcd holds: objects, one version for all of them, and the changes since the last compaction. */
export class Objects {
  version = 1;
  #oldest = 1;
  readonly #objects = new Map<string, StoredObject>();
  #log: LoggedChange[] = [];

  put({ group, version, resource, kind }: Kind, object: StoredObject): StoredObject {
    const key = keyOf(resource, object.metadata.namespace, object.metadata.name);
    const before = this.#objects.get(key);
    this.version++;
    const after: StoredObject = {
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind,
      ...object,
      metadata: {
        uid: before?.metadata.uid ?? crypto.randomUUID(),
        creationTimestamp: before?.metadata.creationTimestamp ?? '2026-11-25T00:00:00Z',
        ...object.metadata,
        resourceVersion: String(this.version),
      },
    };
    this.#objects.set(key, after);
    this.#log.push({ version: this.version, resource, before, after, object: after });
    return after;
  }

  delete({ resource }: Kind, namespace: string | undefined, name: string): void {
    const key = keyOf(resource, namespace, name);
    const before = this.#objects.get(key);
    if (before === undefined) throw Failure.notFound(resource, name);
    this.#objects.delete(key);
    this.version++;
    const object = { ...before, metadata: { ...before.metadata, resourceVersion: String(this.version) } };
    this.#log.push({ version: this.version, resource, before, after: undefined, object });
  }

  get(resource: string, namespace: string | undefined, name: string): StoredObject | undefined {
    return this.#objects.get(keyOf(resource, namespace, name));
  }

  /** In byte order of their keys. */
  list(resource: string, namespace: string | undefined): StoredObject[] {
    const prefix = namespace === undefined ? `${resource}/` : keyOf(resource, namespace, '');
    const found = [...this.#objects].filter(([key]) => key.startsWith(prefix));
    return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Changes after a version. Fails with 410 when they are no longer kept. */
  since(version: number): readonly LoggedChange[] {
    if (version < this.#oldest) throw Failure.tooOld(version, this.#oldest);
    return this.#log.filter((change) => change.version > version);
  }

  /** Forgets all changes up to now, as etcd does every few minutes; something else has changed meanwhile. */
  compact(): void {
    this.version++;
    this.#oldest = this.version;
    this.#log = [];
  }
}

function keyOf(resource: string, namespace: string | undefined, name: string): string {
  return `${resource}/${namespace ?? ''}/${name}`;
}
