import type { LoadedComponent, SecretsRuntime } from '../runtime/types.ts';

/** The application beside us, for the metadata API. */
export interface AppConnection {
  readonly port?: number | undefined;
  /** `http` by default. */
  readonly protocol?: string | undefined;
  /** `127.0.0.1` by default. */
  readonly channelAddress?: string | undefined;
  readonly maxConcurrency?: number | undefined;
  readonly health?:
    | {
        readonly healthCheckPath?: string;
        readonly healthProbeInterval?: string;
        readonly healthProbeTimeout?: string;
        readonly healthThreshold?: number;
      }
    | undefined;
}

export interface SidecarSettings {
  readonly runtime: SecretsRuntime;
  readonly runtimeVersion: string;
  readonly app: AppConnection;
  readonly isWaitingForApp: () => boolean;
}

/** What the metadata API of every surface tells, in the reference's order. */
export interface SidecarFacts {
  readonly id: string;
  readonly runtimeVersion: string;
  readonly enabledFeatures: readonly string[];
  readonly components: readonly LoadedComponent[];
  readonly extended: ReadonlyMap<string, string>;
  /** 0 for what there is not. */
  readonly appConnectionProperties: {
    readonly port: number;
    readonly protocol: string;
    readonly channelAddress: string;
    readonly maxConcurrency: number;
    readonly health?: NonNullable<AppConnection['health']>;
  };
  readonly actorRuntime: {
    readonly runtimeStatus: 'INITIALIZING' | 'DISABLED';
    readonly hostReady: boolean;
    readonly placement: string;
  };
  readonly resiliencies: readonly { readonly name: string }[];
}

const VERSION_KEY = 'daprRuntimeVersion';

export function sidecarFacts({ runtime, runtimeVersion, app, isWaitingForApp }: SidecarSettings): SidecarFacts {
  const { port, protocol, channelAddress, maxConcurrency, health } = app;
  return {
    id: runtime.appId,
    runtimeVersion,
    enabledFeatures: runtime.enabledFeatures,
    components: runtime.components().map(({ name, type, version, capabilities }) => ({ name, type, version, capabilities })),
    extended: new Map([...runtime.extendedMetadata, [VERSION_KEY, runtimeVersion]]),
    appConnectionProperties: {
      port: port ?? 0,
      protocol: protocol ?? 'http',
      channelAddress: channelAddress ?? '127.0.0.1',
      maxConcurrency: maxConcurrency ?? 0,
      ...(health && { health }),
    },
    // Coffer has no actors, which is what a sidecar without a placement service says.
    actorRuntime: isWaitingForApp()
      ? { runtimeStatus: 'INITIALIZING', hostReady: false, placement: '' }
      : { runtimeStatus: 'DISABLED', hostReady: false, placement: 'placement: disconnected' },
    resiliencies: runtime.resiliencies.map(({ name }) => ({ name })),
  };
}
