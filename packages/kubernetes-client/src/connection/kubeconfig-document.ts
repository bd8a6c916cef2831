import { KubernetesError } from '../errors.ts';

/** One or several kubeconfig files as one: of equal names the first counts. */
export interface Kubeconfig {
  readonly currentContext: string;
  readonly contexts: ReadonlyMap<string, Entry>;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
}
/** What is below a name, with the folder that its relative paths start at. */
export interface Entry {
  readonly members: Members;
  readonly folder: string;
}

/** A map of a kubeconfig. Getters fail with `configuration` that names the member; values are never quoted. */
export class Members {
  readonly #values: Readonly<Record<string, unknown>>;
  /** Where it is, for messages: `/home/me/.kube/config: users[0].user`. */
  readonly path: string;

  constructor(value: unknown, path: string) {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isMap && value !== undefined && value !== null) throw wrong(path, 'a map');
    this.#values = isMap ? (value as Record<string, unknown>) : {};
    this.path = path;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== null;
  }

  /** Empty when absent. */
  text(name: string): string {
    const value = this.#values[name] ?? '';
    if (typeof value !== 'string') throw wrong(this.#at(name), 'a string');
    return value;
  }

  flag(name: string): boolean {
    const value = this.#values[name] ?? false;
    if (typeof value !== 'boolean') throw wrong(this.#at(name), 'true or false');
    return value;
  }

  texts(name: string): string[] {
    return this.#list(name).map((item, index) => {
      if (typeof item !== 'string') throw wrong(`${this.#at(name)}[${index}]`, 'a string');
      return item;
    });
  }

  map(name: string): Members {
    return new Members(this.#values[name], this.#at(name));
  }

  maps(name: string): Members[] {
    return this.#list(name).map((item, index) => new Members(item, `${this.#at(name)}[${index}]`));
  }

  plain(): Readonly<Record<string, unknown>> {
    return this.#values;
  }

  #list(name: string): unknown[] {
    const value = this.#values[name] ?? [];
    if (!Array.isArray(value)) throw wrong(this.#at(name), 'a list');
    return value;
  }

  #at(name: string): string {
    return this.path.endsWith(': ') ? `${this.path}${name}` : `${this.path}.${name}`;
  }
}

/** Joins documents in order. */
export function joinKubeconfigs(documents: readonly { readonly top: Members; readonly folder: string }[]): Kubeconfig {
  const entriesOf = (list: string, member: string): Map<string, Entry> => {
    const entries = new Map<string, Entry>();
    for (const { top, folder } of documents) {
      for (const item of top.maps(list)) {
        const name = item.text('name');
        if (!entries.has(name)) entries.set(name, { members: item.map(member), folder });
      }
    }
    return entries;
  };
  return {
    currentContext: documents.map(({ top }) => top.text('current-context')).find((name) => name !== '') ?? '',
    contexts: entriesOf('contexts', 'context'),
    clusters: entriesOf('clusters', 'cluster'),
    users: entriesOf('users', 'user'),
  };
}

function wrong(path: string, expected: string): KubernetesError {
  return new KubernetesError('configuration', `${path} is not ${expected}`);
}
