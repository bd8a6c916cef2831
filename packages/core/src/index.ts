export { cofferDialect, type Dialect, strictDialect } from './dialect.ts';
export {
  ErrorCode,
  isSecretStoreError,
  type Logger,
  type SecretData,
  SecretStoreError,
  type SecretTable,
  type SecretValues,
  type StoreDefinition,
} from './driver/index.ts';
export type { IncomingTrace, RequestSpan, SpanAttributes, TraceProblem, Tracing } from './observing/tracing.ts';
export type {
  ObservedComponent,
  ReadOperation,
  ReloadedResource,
  ResultCode,
  RuntimeObserver,
  StoreObserver,
  UpstreamOperation,
} from './observing/types.ts';
export { ReadFailure, type ReadFailureReason } from './reading/read-failure.ts';
export type { BulkReadRequest, ReadRequest } from './reading/types.ts';
export { isEnvRefAllowed } from './references/env-ref.ts';
export { type ReferenceContext, type ResolvedReferences, resolveReferences } from './references/resolve-references.ts';
export { type BackendClaim, type ConformanceClaim, readConformance } from './registry/conformance.ts';
export { describeDefinition, type StoreDescription, settingsTable } from './registry/describe.ts';
export { type DiscoverOptions, Registry } from './registry/registry.ts';
export { RegistryError } from './registry/registry-error.ts';
export type { AvailableStore, DriverManifest, DriverManifestEntry, StoreRegistry } from './registry/types.ts';
export type { BreakerState, PolicyUse, ResiliencyObserver } from './resiliency/types.ts';
export { ConfigurationError, type LoadedConfiguration, loadConfiguration } from './resources/configuration.ts';
export { DirectoryError } from './resources/directory.ts';
export { type DiskSourceOptions, diskSource } from './resources/disk-source.ts';
export {
  parseComponents,
  type ReadComponents,
  readComponentFile,
  readComponents,
  type UnreadableResource,
} from './resources/read-components.ts';
export { type ReadResiliency, readResiliency } from './resources/resiliency.ts';
export { type Selection, type SelectionRules, selectComponents } from './resources/select-components.ts';
export type { ResourceSource, SourceChange } from './resources/source.ts';
export {
  type AccessRule,
  type Component,
  type ComponentProperty,
  type Configuration,
  logNameOf,
  type Problem,
  type Resiliency,
  type SecretScope,
  type Source,
} from './resources/types.ts';
export { Coffer, type CofferOptions, type ReadOptions, type ReloadOptions } from './runtime/coffer.ts';
export { ComponentFailure } from './runtime/component-failure.ts';
export { Health } from './runtime/health.ts';
export { type LoggerFor, silentLoggerFor } from './runtime/logging.ts';
export type { ComponentConsumer } from './runtime/start-component.ts';
export type { DefaultSecretStore, LoadedComponent, SecretsRuntime } from './runtime/types.ts';
export { decideScope, prepareScopes, type ScopeDecision, type ScopeRule, type ScopeTable } from './scopes/scopes.ts';
export type { AppConnection } from './surface/sidecar-facts.ts';
