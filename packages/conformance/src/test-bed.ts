import type { RequestMetadata, SecretStore, SecretValues, StoreDefinition } from '@coffer/core/driver';

/**
 * What a driver brings to be certified: itself, and a backend that the kit may fill, empty and break.
 * A driver with several component types, or several backends, has several.
 */
export interface TestBed {
  readonly definition: StoreDefinition;
  /** Folder of the driver's package, with its package.json: `new URL('../', import.meta.url)`. */
  readonly package: URL;
  readonly backend: BackendDescription;
  /**
   * Starts the backend, or connects to it. Called once a run; what it returns is closed at the end. A backend of the tier `fake`
   * is started a second time beside the first, to see that two stores do not mix.
   */
  start(): Promise<TestBackend>;
  /**
   * Conditions with which a process of its own finds the package's entry, as `node --conditions` takes them. None by default:
   * what is imported is what is published.
   */
  readonly conditions?: readonly string[];
}

/** What the report says of the backend. */
export interface BackendDescription {
  /** `OpenBao`, `fake of the AWS Secrets Manager API`. */
  readonly name: string;
  readonly version?: string;
  readonly tier: BackendTier;
}

/**
 * - `memory`: part of the driver itself (a store of environment variables, a file).
 * - `fake`: a stand-in written for tests.
 * - `emulator`: somebody else's stand-in.
 * - `real`: the service.
 */
export type BackendTier = 'memory' | 'fake' | 'emulator' | 'real';

/** A running backend. The kit seeds it with names and values of its own and removes them again. */
export interface TestBackend {
  /** Settings of a component that reads this backend, by name, as text, as a component file gives them. */
  readonly settings: Readonly<Record<string, string>>;
  /** Settings with which the store can't work, and how `init` or else the first read fails. Each is tried. */
  readonly brokenSettings?: readonly BrokenSettings[];
  /** Allocates a store that reaches this backend where settings alone can't say how. By default the definition's `create`. */
  createStore?(): SecretStore | Promise<SecretStore>;
  /**
   * Puts a secret, or a new version of it. A store of single values is given one value under the secret's own name.
   * Answers with the service's name of the version where there are versions.
   */
  seed(name: string, values: SecretValues): Promise<{ readonly version?: string }>;
  /** Puts a secret of these bytes, where the service holds bytes. `read` is what the driver's documented rule makes of them. */
  seedBinary?(name: string, bytes: Uint8Array): Promise<{ readonly read: SecretValues }>;
  /** Takes a secret away. One that is not there is no failure. */
  remove(name: string): Promise<void>;
  /** Why the service can't hold a secret of this name or these values; undefined when it can. By default it can hold all. */
  refuses?(name: string, values: SecretValues): string | undefined;
  /** How many secrets a check may put at once. 120 by default, 12 where the tier is `real`. */
  readonly many?: number;
  /** Lets the service list a name of which every read says that it is not there: a secret removed between the two. Until `remove`. */
  listMissing?(name: string): Promise<void>;
  /** Lets the identity list this secret, which was seeded, and not read it. Until `remove`. */
  deny?(name: string): Promise<void>;
  /** Name of the request metadata field that selects a version, when there is one. */
  readonly versionHint?: string;
  /** A scenario of each other declared request metadata field; without one the field counts as not shown. */
  readonly hints?: Readonly<Record<string, HintScenario>>;
  /** The faults that `inject` can produce. */
  readonly faults?: readonly FaultKind[];
  /** From now on calls of the driver meet this fault: all of them, or the next `times`. */
  inject?(fault: FaultKind, options?: { readonly times?: number }): void | Promise<void>;
  /** Ends every fault. */
  heal?(): void | Promise<void>;
  /** Remote operations that the backend has seen so far, in their order. The report lists them: the least privilege. */
  calls?(): readonly RemoteCall[];
  /** Calls of the driver that the backend is answering right now. */
  inFlight?(): number;
  /** The most calls that it was answering at one time since this was asked last. */
  mostInFlight?(): number;
  /** Remote calls of one read by a store that has read before. 1 by default. */
  readonly callsPerGet?: number;
  /** Milliseconds after which the fault `throttled` asks to come back, when it says so. */
  readonly pauseAsked?: number;
  /** Variables that another process needs to reach the backend (`NODE_EXTRA_CA_CERTS`). */
  readonly environment?: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface BrokenSettings {
  /** What is wrong: `a token that is not known`. */
  readonly what: string;
  /** The whole of the settings. */
  readonly settings: Readonly<Record<string, string>>;
  /** How it fails: while the settings are checked, at `init`, or at the first read. A list where more than one code is right. */
  readonly at: 'check' | 'init' | 'read';
  readonly codes?: readonly string[];
}

/** Shows that a request metadata field is honoured. What it puts is removed by the names that it gives. */
export interface HintScenario {
  prepare(): Promise<GetScenario | BulkScenario>;
}

/** With the metadata, `name` reads as `read`; without it, as something else. */
export interface GetScenario {
  readonly name: string;
  readonly metadata: RequestMetadata;
  readonly read: SecretValues;
}

/** With the metadata, a bulk read answers names that `fits` says are right; without it, names that are not. */
export interface BulkScenario {
  readonly names: readonly string[];
  readonly metadata: RequestMetadata;
  fits(names: readonly string[]): boolean;
}

/**
 * What a backend can do to a call:
 * - `denied`: the identity may not read this.
 * - `unauthenticated`: the credentials are not accepted (expired, revoked).
 * - `throttled`: too many requests, asked to come back in a second at most.
 * - `unavailable`: the service answers that it can't (5xx).
 * - `unreachable`: the connection ends before any answer.
 * - `slow`: the answer takes half a second longer.
 * - `hang`: no answer at all.
 * - `cutOff`: the connection ends in the middle of the answer.
 * - `malformed`: an answer that is not what the protocol says. It contains the secret's value where the protocol would have it.
 * - `huge`: an answer of at least 64 MiB.
 */
export const FAULTS = [
  'denied',
  'unauthenticated',
  'throttled',
  'unavailable',
  'unreachable',
  'slow',
  'hang',
  'cutOff',
  'malformed',
  'huge',
] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface RemoteCall {
  /** In the service's words: `secretsmanager:GetSecretValue`, `GET /v1/secret/data`. Without names of secrets. */
  readonly operation: string;
}
