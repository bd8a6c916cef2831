import {
  DEFINITION_MARKER,
  type SecretStore,
  SecretStoreError,
  type SecretValues,
  type StoreDefinition,
  secretTable,
} from '../src/driver/index.ts';

export interface MemoryCalls {
  gets: string[];
  aborted: string[];
  closed: number;
  running: number;
  most: number;
  properties: Record<string, unknown>[];
}

export interface MemoryOptions {
  readonly secrets?: Readonly<Record<string, string>>;
  /** Waits before it answers; resolves or rejects. */
  readonly before?: (name: string, signal: AbortSignal | undefined) => Promise<void>;
  readonly init?: (signal: AbortSignal | undefined) => Promise<void>;
  readonly type?: `secretstores.${string}`;
}

export const memoryMetadata = {
  a: { type: 'string', description: 'anything' },
  b: { type: 'string', description: 'anything' },
  token: { type: 'string', description: 'a secret', sensitive: true },
} as const;

/** A store in memory that counts what is asked of it. Its settings of type string are secrets of it too. */
export function memoryStore(options: MemoryOptions = {}): {
  calls: MemoryCalls;
  store: SecretStore;
  definition: StoreDefinition<typeof memoryMetadata>;
} {
  const calls: MemoryCalls = { gets: [], aborted: [], closed: 0, running: 0, most: 0, properties: [] };
  const secrets = new Map(Object.entries(options.secrets ?? {}));
  const create = (): SecretStore => {
    let settings: Record<string, unknown> = {};
    return {
      async init({ metadata }, { signal } = {}) {
        settings = metadata as Record<string, unknown>;
        calls.properties.push(metadata as Record<string, unknown>);
        await options.init?.(signal);
      },
      async get({ name }, { signal } = {}) {
        calls.gets.push(name);
        calls.running++;
        calls.most = Math.max(calls.most, calls.running);
        signal?.addEventListener('abort', () => calls.aborted.push(name));
        try {
          await options.before?.(name, signal);
          const value = secrets.get(name) ?? settings[name];
          if (typeof value !== 'string') throw new SecretStoreError('not_found', `secret ${name} not found`);
          const data: SecretValues = secretTable([[name, value]]);
          return { data };
        } finally {
          calls.running--;
        }
      },
      async *list() {
        const names = [...secrets.keys()];
        for (let at = 0; at < names.length; at += 10) yield names.slice(at, at + 10);
      },
      features: () => ['LIST'],
      async close() {
        calls.closed++;
      },
    };
  };
  const definition: StoreDefinition<typeof memoryMetadata> = {
    $type: DEFINITION_MARKER,
    contract: 1,
    type: options.type ?? 'secretstores.memory',
    version: 'v1',
    title: 'Memory',
    status: 'stable',
    metadata: memoryMetadata,
    requestMetadata: [],
    features: ['LIST'],
    create,
  };
  return { calls, store: create(), definition };
}

/** A promise to settle by hand. */
export function deferred(): { promise: Promise<void>; resolve: () => void; reject: (cause: unknown) => void } {
  let resolve: () => void = () => undefined;
  let reject: (cause: unknown) => void = () => undefined;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
