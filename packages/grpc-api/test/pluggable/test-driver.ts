import { DEFINITION_MARKER, type SecretStore, SecretStoreError, type StoreDefinition, secretTable } from '@coffer/core/driver';

export const metadata = {
  prefix: { type: 'string', default: '', description: 'Put before every value.' },
  token: { type: 'string', required: true, sensitive: true, description: 'Any text.' },
  url: { type: 'string', required: true, missingMessage: 'no address', description: 'Where.' },
  retries: { type: 'number', default: '0', description: 'Ignored.' },
} as const;

export interface TestDriver {
  readonly definition: StoreDefinition<typeof metadata>;
  /** What happened, in order: `init p`, `get p:name`, `aborted p:name`, `close p`; `p` is the prefix of the store. */
  readonly events: string[];
  /** Lets reads of `slow` end. */
  release(): void;
}

/** Secrets by name: what names that start so do. Without `bulkGet`, so that core derives it. */
export function testDriver(secrets: Readonly<Record<string, string>> = {}): TestDriver {
  const events: string[] = [];
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const create = (): SecretStore<{ prefix: string; token: { reveal(): string } }> => {
    let prefix = '';
    return {
      async init({ metadata }, { signal } = {}) {
        prefix = metadata.prefix;
        events.push(`init ${prefix}`);
        if (prefix === 'refused') throw new SecretStoreError('unauthenticated', 'the token is not accepted');
        if (prefix === 'hanging') await untilAborted(signal);
      },
      async get({ name }, { signal } = {}) {
        events.push(`get ${prefix}:${name}`);
        signal?.addEventListener('abort', () => events.push(`aborted ${prefix}:${name}`));
        if (name === 'slow') await Promise.race([released, untilAborted(signal)]);
        if (name === 'none') return { data: null };
        if (name === 'defect') throw new TypeError('canary');
        if (name.startsWith('fail-')) throw new SecretStoreError(name.slice('fail-'.length) as 'unknown', 'no, ünd "so"');
        const value = secrets[name];
        if (value === undefined) throw new SecretStoreError('not_found', `secret ${name} not found`);
        return { data: secretTable([[name, `${prefix}${value}`]]) };
      },
      async *list() {
        yield Object.keys(secrets);
      },
      features: () => ['LIST', 'MULTIPLE_KEY_VALUES_PER_SECRET'],
      async close() {
        events.push(`close ${prefix}`);
      },
    };
  };
  return {
    events,
    release: () => release(),
    definition: {
      $type: DEFINITION_MARKER,
      contract: 1,
      type: 'secretstores.test',
      version: 'v1',
      title: 'Test',
      status: 'stable',
      metadata,
      requestMetadata: [],
      features: ['LIST', 'MULTIPLE_KEY_VALUES_PER_SECRET'],
      create: create as never,
    },
  };
}

function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
}
