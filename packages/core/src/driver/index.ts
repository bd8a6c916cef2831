export { checkSettings } from './check-settings.ts';
export {
  type BulkGetRequest,
  type BulkSecretData,
  type CallOptions,
  DEFINITION_MARKER,
  Feature,
  type GetManyData,
  type GetManyRequest,
  type GetRequest,
  type InitContext,
  type ListRequest,
  type LogFields,
  type Logger,
  type RequestMetadata,
  type RequestMetadataField,
  type SecretChange,
  type SecretData,
  type SecretStore,
  type SecretTable,
  type SecretValues,
  type StoreDefinition,
  type WatchRequest,
} from './contract.ts';
export { type DecodedMetadata, decodeMetadata, type MetadataProblem } from './decode-metadata.ts';
export type { DriverDialect } from './dialect.ts';
export { parseGoDuration } from './duration.ts';
export {
  ErrorCode,
  isSecretStoreError,
  SecretStoreError,
  type SecretStoreErrorOptions,
  secretStoreErrorFrom,
  throwIfAborted,
} from './errors.ts';
export { type ConcurrencyOptions, forEachConcurrently, type Items } from './for-each-concurrently.ts';
export { goJson } from './go-json.ts';
export { jsonMembers, jsonText } from './json-text.ts';
export type { MetadataField, MetadataOf, MetadataSchema, MetadataTypes } from './metadata.ts';
export { nearestOf } from './nearest.ts';
export { osErrorCode, osErrorText } from './os-error.ts';
export { parseQuantity } from './quantity.ts';
export { Redacted } from './redacted.ts';
export { secretTable } from './secret-table.ts';
export { textOfBuffer } from './text-of-buffer.ts';
export { isTruthy } from './truthy.ts';
