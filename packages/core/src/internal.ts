/*
 * For Coffer's own packages. Nothing here is covered by versioning.
 */

export { goJson } from './driver/go-json.ts';
export { formatGoDuration, goQuote } from './go-text.ts';
export { deriveBulkGet } from './reading/derive-bulk.ts';
export { placeOf } from './reading/place-of.ts';
export { ReadableStore, Reader } from './reading/reader.ts';
export { hasTemplates } from './references/templates.ts';
export {
  type ConformanceManifest,
  conformanceManifestOf,
  type DriverPackage,
  driverPackageOf,
  findPackage,
  readPackageJson,
  resolveSubpath,
} from './registry/package-manifest.ts';
export { servesType } from './registry/registry.ts';
export { BUILT_IN_RETRIES } from './resiliency/resolve.ts';
export {
  type ApiObject,
  readComponentObjects,
  readConfigurationObject,
  readResiliencyObjects,
} from './resources/api-objects.ts';
export { type DirectoryListing, listDirectory } from './resources/directory.ts';
export { splitDocuments, type TextDocument } from './resources/documents.ts';
export { parseExactJson } from './resources/json-value.ts';
export { parseYaml, YamlError, type YamlList, type YamlMap, type YamlScalar, type YamlValue } from './resources/yaml-document.ts';
export { capabilitiesOf } from './runtime/capabilities.ts';
export { OTHER_CATEGORIES } from './runtime/start-component.ts';
export { READ_ERROR_CODES } from './surface/read-error-codes.ts';
export { type SidecarFacts, type SidecarSettings, sidecarFacts } from './surface/sidecar-facts.ts';
export { createTokenMatcher, type TokenMatcher } from './surface/token-matcher.ts';
