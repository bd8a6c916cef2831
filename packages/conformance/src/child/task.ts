import type { DriverDialect } from '@coffer/core/driver';

/** What a process of its own is to do; it comes by standard input, for it holds credentials. */
export interface ChildTask {
  /** What to import: the package's name with a subpath, or the address of a file. */
  readonly specifier: string;
  /** Address of the package.json from which it is resolved. */
  readonly from: string;
  /** Only import it, make one store with `create`, or have one live from init to close. */
  readonly use: 'import' | 'create' | 'read' | 'fail-init';
  /** For `read` and `fail-init`. */
  readonly dialect?: DriverDialect;
  readonly settings?: Readonly<Record<string, string>>;
  /** The secret that is read. */
  readonly name?: string;
  readonly values?: Readonly<Record<string, string>>;
}

/** What importing and creating did, besides their work. */
export interface SideEffects {
  /** Variables of the environment that were read. */
  readonly environment: readonly string[];
  /** Names of globals that were added. */
  readonly globals: readonly string[];
  /** Events of `process` that were listened to. */
  readonly listeners: readonly string[];
  /** What keeps the process running and did not before. */
  readonly resources: readonly string[];
  /** Modules that were loaded: addresses of files with their bytes, and those of Node with none. */
  readonly modules: readonly { readonly url: string; readonly bytes: number }[];
  /** How often a connection was made. */
  readonly connections: number;
}

export interface ChildReport {
  /** Why the module can't be imported. */
  readonly importFailure?: string;
  /** The exported definition as data; absent when there is no such export. */
  readonly definition?: Readonly<Record<string, unknown>>;
  readonly onImport: SideEffects;
  readonly onCreate?: SideEffects;
  /** What went wrong between init and close. */
  readonly failure?: string;
  /** What kept the process running after all was closed; empty when it ended by itself. */
  readonly leftovers: readonly string[];
}
