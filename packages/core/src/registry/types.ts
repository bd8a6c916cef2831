import type { StoreDefinition } from '../driver/index.ts';

/** The `"coffer"` member of a driver package's package.json. */
export interface DriverManifest {
  /** Contract number the package was built for. */
  readonly contract: number;
  readonly stores: readonly DriverManifestEntry[];
}
export interface DriverManifestEntry {
  readonly type: string;
  readonly version: string;
  /** Subpath of the package whose module exports `definition`: `.` or `./definition`. */
  readonly module: string;
  /** Subpath of the generated description (settings, features …): `./component.json`. */
  readonly manifest: string;
}

/** A component type that the registry can serve, known without importing any driver code. */
export interface AvailableStore {
  readonly type: string;
  readonly version: string;
  /** Name and version of the package that serves it; undefined when the embedder registered the definition itself. */
  readonly package?: { readonly name: string; readonly version: string };
  /** File of the generated description, when there is one. */
  readonly manifestFile?: string;
  /** File of what its last certification found, when the package names one. */
  readonly resultFile?: string;
}

/** What the runtime, the CLI and the surfaces need of a registry. */
export interface StoreRegistry {
  /** Adds a definition the embedder holds. Fails on a type and version that is already served. */
  register(definition: StoreDefinition): void;
  /** Every type known, sorted. Imports nothing. */
  available(): readonly AvailableStore[];
  /**
   * The definition for a type and version as written in a component (matched in lower case; `""`, `v0` and `v1` are one),
   * importing its module the first time. Fails with `RegistryError`.
   */
  resolve(type: string, version: string): Promise<StoreDefinition>;
  /** What the published description of a type says otherwise than its definition, in words; undefined when they agree. */
  drift?(type: string, version: string): Promise<string | undefined>;
}
