import {
  type BulkGetRequest,
  type BulkSecretData,
  type CallOptions,
  type DriverDialect,
  Feature,
  type GetRequest,
  type InitContext,
  type ListRequest,
  type Logger,
  type RequestMetadata,
  type SecretChange,
  type SecretData,
  type SecretStore,
  SecretStoreError,
  type SecretTable,
  type SecretValues,
  secretTable,
  throwIfAborted,
  type WatchRequest,
} from '@coffer/core/driver';
import {
  connectKubernetes,
  type FindOptions,
  follow,
  type KubernetesClient,
  KubernetesError,
  type KubernetesObject,
  type ResourceList,
  type ResourceName,
} from '@coffer/kubernetes-client';
import { storeError } from './errors.ts';
import { kubeconfigArgument } from './kubeconfig-argument.ts';
import { merge } from './merge.ts';
import type { KubernetesMetadata } from './metadata.ts';
import { type Selection, selectionOf } from './selection.ts';
import { valuesOf } from './values.ts';

/** What a store finds around it; a test gives its own. */
export interface KubernetesDependencies {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Arguments of the process. */
  readonly args?: readonly string[];
  readonly serviceAccountFolder?: string;
}

/** Names up to this many are watched one by one, which RBAC can allow one by one. */
const MOST_NAMES = 10;
const DEFAULT_TIMEOUT = 30_000;
const NO_NAMESPACE = 'namespace is missing on metadata and NAMESPACE env variable, and no default namespace is set';

interface Open {
  readonly client: KubernetesClient;
  readonly dialect: DriverDialect['kubernetes'];
  readonly defaultNamespace: string;
  readonly selection: Selection;
  readonly logger: Logger;
}

/** Secrets of an API server, asked for on every call. */
export class KubernetesStore implements SecretStore<KubernetesMetadata> {
  readonly #dependencies: KubernetesDependencies;
  /** Secrets whose binary values have been reported. */
  readonly #reported = new Set<string>();
  #open: Open | undefined;

  constructor(dependencies: KubernetesDependencies = {}) {
    this.#dependencies = dependencies;
  }

  /** Reads the kubeconfig or the service account; the cluster is not asked. */
  async init(context: InitContext<KubernetesMetadata>, { signal }: CallOptions = {}): Promise<void> {
    const { metadata, logger } = context;
    const dialect = context.dialect.kubernetes;
    throwIfAborted(signal);
    const { environment = process.env, args = process.argv, serviceAccountFolder } = this.#dependencies;
    const own: Partial<KubernetesMetadata> = dialect.ownSettings ? metadata : {};
    const argument = dialect.kubeconfigArgument === 'used' ? kubeconfigArgument(args) : undefined;
    if (argument !== undefined) {
      logger.warn("Setting kubeconfig using the CLI flag '--kubeconfig' is deprecated and will be removed in a future version");
    }
    const find: FindOptions = {
      environment,
      kubeconfigPath: metadata.kubeconfigPath || argument || '',
      context: own.context ?? '',
      inClusterFirst: dialect.kubeconfigPathInPod === 'ignored',
      singleKubeconfig: dialect.kubeconfigVariable === 'one_file',
      ...(serviceAccountFolder === undefined ? {} : { serviceAccountFolder }),
    };
    const selection = selectionOf(own.labelSelector, own.secretTypes);
    try {
      const { requestTimeout = 0 } = own;
      const client = await connectKubernetes({ ...find, requestTimeout: requestTimeout > 0 ? requestTimeout : DEFAULT_TIMEOUT });
      this.#open = { client, dialect, defaultNamespace: metadata.defaultNamespace ?? '', selection, logger };
    } catch (cause) {
      throw storeError(cause, 'init');
    }
  }

  async get({ name, metadata }: GetRequest, { signal }: CallOptions = {}): Promise<SecretData> {
    const { client } = this.#opened();
    const secrets = this.#secrets(metadata);
    try {
      const object = await client.get({ ...secrets, name }, { signal });
      const { resourceVersion } = object.metadata;
      return { data: this.#values(object), ...(resourceVersion === undefined ? {} : { version: resourceVersion }) };
    } catch (cause) {
      throw storeError(cause, 'get', name);
    }
  }

  /** One list, page by page: at no time are more than one page and the result in memory. */
  async bulkGet({ metadata }: BulkGetRequest, { signal }: CallOptions = {}): Promise<BulkSecretData> {
    const { client, selection } = this.#opened();
    const secrets = this.#secrets(metadata);
    const data: SecretTable<SecretValues> = secretTable();
    try {
      for (const selectors of selection) {
        for await (const { items } of client.pages(secrets, { ...selectors, signal })) {
          for (const object of items) data[object.metadata.name] = this.#values(object);
        }
      }
      if (Object.keys(data).length === 0) await this.#refuseMissing(secrets, signal);
      return { data };
    } catch (cause) {
      throw storeError(cause, 'bulkGet');
    }
  }

  /** Names alone: the values are not sent. */
  async *list({ metadata }: ListRequest, { signal }: CallOptions = {}): AsyncIterable<readonly string[]> {
    const { client, selection } = this.#opened();
    const secrets = this.#secrets(metadata);
    let isEmpty = true;
    try {
      for (const selectors of selection) {
        for await (const { items } of client.pages(secrets, { ...selectors, metadataOnly: true, signal })) {
          if (items.length === 0) continue;
          isEmpty = false;
          yield items.map((object) => object.metadata.name);
        }
      }
      if (isEmpty) await this.#refuseMissing(secrets, signal);
    } catch (cause) {
      throw storeError(cause, 'list');
    }
  }

  async ping({ signal }: CallOptions = {}): Promise<void> {
    try {
      await this.#opened().client.ping({ signal });
    } catch (cause) {
      throw storeError(cause, 'ping');
    }
  }

  /** Changes in the store's own namespace. Values are not sent, and a watch that breaks goes on where it was. */
  async *watch({ names }: WatchRequest, { signal }: CallOptions = {}): AsyncIterable<SecretChange> {
    const { client, selection, logger } = this.#opened();
    const secrets = this.#secrets({});
    if (names?.length === 0) return await untilAborted(signal);
    const few = names !== undefined && names.length <= MOST_NAMES;
    const wanted = few || names === undefined ? undefined : new Set(names);
    const stopped = new AbortController();
    const stop = () => stopped.abort(signal?.reason);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    let told = '';
    const onTrouble = ({ reason, message, hint }: KubernetesError, pause: number) => {
      if (reason === 'gone' || message === told) return;
      told = message;
      const advice = hint === undefined ? '' : `; ${hint}`;
      logger.warn(`watching secrets failed: ${message}; next try in ${Math.ceil(pause / 1000)}s${advice}`);
    };
    const onRecovery = () => {
      told = '';
    };
    const options = { metadataOnly: true, signal: stopped.signal, onTrouble, onRecovery };
    const followed = few
      ? names.map((name) => changes(client, { ...secrets, name }, options))
      : selection.map((selectors) => changes(client, secrets, { ...options, ...selectors }));
    try {
      for await (const change of merge(followed, stop)) if (wanted === undefined || wanted.has(change.name)) yield change;
    } catch (cause) {
      if (!signal?.aborted) throw storeError(cause, 'watch');
    } finally {
      stop();
      signal?.removeEventListener('abort', stop);
    }
  }

  features(): readonly Feature[] {
    const own = [Feature.list, Feature.ping, Feature.watch];
    return this.#open?.dialect.multipleKeyValues === 'announced' ? [Feature.multipleKeyValuesPerSecret, ...own] : own;
  }

  async close(): Promise<void> {
    this.#open?.client.close();
    this.#open = undefined;
  }

  #opened(): Open {
    if (this.#open === undefined) throw new SecretStoreError('unavailable', 'the store is closed');
    return this.#open;
  }

  /** The request's namespace, else the sidecar's, else the component's, else the cluster's own where the dialect uses it. */
  #secrets(metadata: RequestMetadata): ResourceList & { readonly namespace: string } {
    const { client, dialect, defaultNamespace } = this.#opened();
    const { NAMESPACE: variable = '' } = this.#dependencies.environment ?? process.env;
    const own = dialect.ownNamespace === 'used' ? (client.namespace ?? '') : '';
    const namespace = metadata.namespace || variable || defaultNamespace || own;
    if (namespace !== '') return { version: 'v1', resource: 'secrets', namespace };
    throw new SecretStoreError('invalid_argument', NO_NAMESPACE, { hint: 'set defaultNamespace, or send metadata.namespace' });
  }

  #values(object: KubernetesObject): SecretValues {
    const { dialect, logger } = this.#opened();
    return valuesOf(object, dialect.binaryValues, (key) => {
      const { namespace = '', name } = object.metadata;
      const secret = `${namespace}/${name}`;
      if (this.#reported.has(secret)) return;
      this.#reported.add(secret);
      logger.warn(`secret ${secret} has a value that is not UTF-8 text (${key}): such values are given as base64`);
    });
  }

  /** A namespace without secrets and one that does not exist look alike; who may not ask does not learn which it is. */
  async #refuseMissing({ namespace }: { readonly namespace: string }, signal: AbortSignal | undefined): Promise<void> {
    const { client, dialect } = this.#opened();
    if (dialect.missingNamespace === 'empty') return;
    const resource: ResourceName = { version: 'v1', resource: 'namespaces', name: namespace };
    try {
      await client.get(resource, { signal });
    } catch (cause) {
      if (!(cause instanceof KubernetesError) || cause.reason !== 'forbidden') throw cause;
    }
  }
}

/** What changes after now. */
async function* changes(
  client: KubernetesClient,
  resource: ResourceList | ResourceName,
  options: Parameters<typeof follow>[2],
): AsyncGenerator<SecretChange> {
  let isSynced = false;
  for await (const change of follow(client, resource, options)) {
    if (change.kind === 'synced') isSynced = true;
    else if (isSynced) {
      const { name, resourceVersion } = change.object.metadata;
      yield { name, kind: change.kind, ...(resourceVersion === undefined ? {} : { version: resourceVersion }) };
    }
  }
}

function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}
