import {
  ConfigurationError,
  type Dialect,
  type LoggerFor,
  loadConfiguration,
  type ReadComponents,
  type ResourceSource,
} from '@coffer/core';
import { type ApiObject, readComponentObjects, readConfigurationObject, readResiliencyObjects } from '@coffer/core/internal';
import { isRetryable, type KubernetesClient, KubernetesError, type KubernetesObject, labelOf } from '@coffer/kubernetes-client';
import { explain } from './explain.ts';
import { FollowedObjects } from './followed-objects.ts';
import { type Kind, namedResource, resourceOf } from './kinds.ts';
import { missingSecret } from './missing-secret.ts';
import { type PatienceOptions, withPatience } from './patience.ts';

export interface KubernetesSourceOptions {
  readonly client: KubernetesClient;
  /** Namespace of the resources: the sidecar's. */
  readonly namespace: string;
  readonly appId: string;
  /** Name of the Configuration resource; empty: the defaults. */
  readonly configurationName: string;
  readonly dialect: Dialect;
  readonly loggerFor: LoggerFor;
  /** How long one watch is kept: what a watch that hangs may hide is seen ten seconds later. 300 by default. */
  readonly watchSeconds?: number;
  /** Gives up waiting for an API server that can't be reached. */
  readonly signal: AbortSignal;
}

/**
 * Components, Resiliency resources and a Configuration from the API server, watched there. What has been read once is known
 * while the server is away. Names of resources stand for files: `Component shop/vault`.
 */
export function kubernetesSource(options: KubernetesSourceOptions): ResourceSource {
  const { client, namespace, appId, configurationName, dialect, loggerFor, watchSeconds = 300, signal } = options;
  const logger = loggerFor('dapr.runtime.loader.kubernetes');
  const patience: PatienceOptions = { patience: dialect.kubernetesMode.patience, logger, signal };
  const followed = (kind: Kind) => new FollowedObjects({ client, resource: resourceOf(kind, namespace), logger, watchSeconds });
  const kinds = { components: followed('Component'), resiliencies: followed('Resiliency') };
  const configuration = namedResource('Configuration', namespace, configurationName);
  const configurations = new FollowedObjects({ client, resource: configuration, logger, watchSeconds });

  const read = (objects: FollowedObjects, given: AbortSignal | undefined) =>
    withPatience(() => objects.read(given), { ...patience, signal: given ?? signal }).catch(failed);

  return {
    async readConfiguration(environment) {
      if (configurationName === '') return loadConfiguration([], environment);
      const place = `Configuration ${namespace}/${configurationName}`;
      let value: KubernetesObject | undefined;
      try {
        [value] = await withPatience(() => configurations.read(signal), patience);
      } catch (cause) {
        signal.throwIfAborted();
        throw new ConfigurationError(explain(cause), { file: place }, cause);
      }
      if (value !== undefined) return readConfigurationObject({ place, value });
      const hint = `apply a Configuration of this name in the namespace ${namespace}, or leave --config out`;
      throw new ConfigurationError(`${labelOf(configuration)} "${configurationName}" not found`, { file: place, hint });
    },

    async readComponents({ signal: given } = {}): Promise<ReadComponents> {
      const objects = await read(kinds.components, given);
      const result = readComponentObjects(objects.map((value) => placed('Component', value)));
      const broken = result.problems.find(({ severity }) => severity === 'error');
      if (broken !== undefined && dialect.kubernetesMode.unreadableComponent === 'fatal') {
        throw new Error(`error deserializing component: ${broken.message}`);
      }
      if (dialect.kubernetesMode.missingSecret === 'all_components') {
        const check = () => missingSecret(client, result.components, { namespace, appId, signal: given ?? signal });
        const isWorthTrying = (failure: KubernetesError) => failure.reason === 'not_found' || isRetryable(failure);
        await withPatience(check, { ...patience, signal: given ?? signal }, isWorthTrying).catch(failed);
      }
      return result;
    },

    async readResiliency(forAppId, { signal: given } = {}) {
      const objects = await read(kinds.resiliencies, given);
      return readResiliencyObjects(
        objects.map((value) => placed('Resiliency', value)),
        forAppId,
      );
    },

    async watch(changed, watching) {
      const follow = (objects: FollowedObjects, what: 'resources' | 'configuration') =>
        withPatience(() => objects.follow(() => changed(what), watching), {
          ...patience,
          signal: AbortSignal.any([signal, watching]),
        });
      await Promise.all([
        follow(kinds.components, 'resources'),
        follow(kinds.resiliencies, 'resources'),
        ...(configurationName === '' ? [] : [follow(configurations, 'configuration')]),
      ]).catch(failed);
      logger.info(`Watching resources of dapr.io in the namespace ${namespace}`);
    },
  };
}

function placed(kind: Kind, value: KubernetesObject): ApiObject {
  const { namespace = '', name } = value.metadata;
  return { place: `${kind} ${namespace}/${name}`, value };
}

function failed(cause: unknown): never {
  if (cause instanceof KubernetesError) throw new Error(explain(cause), { cause });
  throw cause;
}
