import type { Dialect } from '../dialect.ts';
import type { BulkSecretData, SecretData, SecretStore } from '../driver/index.ts';
import type { BulkReadRequest, ReadRequest } from '../reading/types.ts';
import type { Health } from './health.ts';

/** A component that is up, as the metadata API shows it. */
export interface LoadedComponent {
  readonly name: string;
  /** Type and version as written. */
  readonly type: string;
  readonly version: string;
  readonly capabilities: readonly string[];
}

/**
 * The store that `secretKeyRef` means when a component names none. It is asked by that name also where no component of that
 * name is served, and before one that is.
 */
export interface DefaultSecretStore {
  readonly name: string;
  readonly get: SecretStore['get'];
}

/** What a surface (HTTP, gRPC, CLI) sees of a running Coffer. `Coffer` implements it. */
export interface SecretsRuntime {
  readonly appId: string;
  readonly dialect: Dialect;
  readonly health: Health;
  /** What `PUT /v1.0/metadata/{key}` stored. In memory only. */
  readonly extendedMetadata: Map<string, string>;
  /** `spec.features` that are enabled, by name. */
  readonly enabledFeatures: readonly string[];
  /** Components in load order. */
  components(): readonly LoadedComponent[];
  /** Resiliency resources of this application in load order. */
  readonly resiliencies: readonly { readonly name: string }[];
  /** Fails with `ReadFailure`. */
  get(request: ReadRequest): Promise<SecretData>;
  /** Fails with `ReadFailure`; secrets that the scopes deny are left out. */
  bulkGet(request: BulkReadRequest): Promise<BulkSecretData>;
}
