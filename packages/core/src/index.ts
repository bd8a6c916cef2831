export { cofferDialect, type Dialect, strictDialect } from './dialect.ts';
export { goQuote } from './go-text.ts';
export { ReadFailure, type ReadFailureReason } from './reading/read-failure.ts';
export type { BulkReadRequest, ReadObserver, ReadRequest } from './reading/types.ts';
export type { AvailableStore, DriverManifest, DriverManifestEntry, StoreRegistry } from './registry/types.ts';
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
export { Health } from './runtime/health.ts';
export type { LoadedComponent, SecretsRuntime } from './runtime/types.ts';
