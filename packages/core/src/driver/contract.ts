import type { MetadataProblem } from './decode-metadata.ts';
import type { DriverDialect } from './dialect.ts';
import type { SecretStoreError } from './errors.ts';
import type { MetadataOf, MetadataSchema } from './metadata.ts';

/** Marks a module's `definition` export as a driver, whichever copy of the contract built it. Its text may stand in its place. */
export const DEFINITION_MARKER = '@coffer/store-definition';

/** What a driver is before anything is connected: data, and one lazy factory. */
export interface StoreDefinition<Schema extends MetadataSchema = MetadataSchema> {
  readonly $type: typeof DEFINITION_MARKER;
  /** Number of the contract this driver was written against; a change that breaks drivers makes it 2. */
  readonly contract: 1;
  /** Component type as component files name it, in lower case: `secretstores.hashicorp.vault`. */
  readonly type: `secretstores.${string}`;
  readonly version: `v${number}`;
  readonly title: string;
  readonly status: 'alpha' | 'beta' | 'stable' | 'deprecated';
  /** The component's settings. Parsing, types, JSON Schema, manifest and README table derive from it. */
  readonly metadata: Schema;
  /**
   * What is wrong with the settings taken together: one that contradicts or needs another. Pure, and called with settings that
   * are each right by themselves. It looks at which are given and at the values of those that are not sensitive: `coffer check`
   * calls it with stand-ins for secrets.
   */
  check?(metadata: MetadataOf<Schema>): readonly MetadataProblem[];
  /** Per-request hints that `get` and `bulkGet` understand. Unknown ones are ignored by the driver. */
  readonly requestMetadata: readonly RequestMetadataField[];
  /** Everything this driver can ever do; a store's own `features()` may be narrower after `init`. */
  readonly features: readonly Feature[];
  /** Allocates a store. No network, no timers; the SDK is imported in here, with `await import()`. */
  create(): SecretStore<MetadataOf<Schema>> | Promise<SecretStore<MetadataOf<Schema>>>;
}

/** A live connection to one configured store. Every method honours `options.signal`. */
export interface SecretStore<Metadata = unknown> {
  /** Connects. Called once; a store whose `init` failed is closed and never used. */
  init(context: InitContext<Metadata>, options?: CallOptions): Promise<void>;
  /** One secret. Fails with `not_found` only when the service said so. */
  get(request: GetRequest, options?: CallOptions): Promise<SecretData>;
  /** Every secret. Without it core derives one from `list` and `getMany` or `get`. */
  bulkGet?(request: BulkGetRequest, options?: CallOptions): Promise<BulkSecretData>;
  /** Names only, page by page as the service gives them. Feature `LIST`. */
  list?(request: ListRequest, options?: CallOptions): AsyncIterable<readonly string[]>;
  /** Several secrets by name in as few calls as the service allows. Feature `GET_MANY`. */
  getMany?(request: GetManyRequest, options?: CallOptions): Promise<GetManyData>;
  /** Answers when the service is reachable and accepts the credentials. Feature `PING`. */
  ping?(options?: CallOptions): Promise<void>;
  /** Changes as they come, until `signal` aborts; a change is told once reads answer with it. Feature `WATCH`. */
  watch?(request: WatchRequest, options?: CallOptions): AsyncIterable<SecretChange>;
  /** Callable at any time, also before `init`. */
  features(): readonly Feature[];
  /** Releases everything. May be called twice, and while a read is running. */
  close(): Promise<void>;
}

export interface InitContext<Metadata> {
  /** Name of the component, for messages. */
  readonly component: string;
  readonly metadata: Metadata;
  /** Names of the settings as the component spells them, for the few drivers to which the letter case matters. */
  readonly propertyNames?: readonly string[];
  readonly dialect: DriverDialect;
  readonly logger: Logger;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface GetRequest {
  readonly name: string;
  readonly metadata: RequestMetadata;
}
export interface BulkGetRequest {
  readonly metadata: RequestMetadata;
  /** Whether the caller may have a secret. Others are taken out of the answer; a driver that reads each by itself need not ask. */
  readonly wanted?: (name: string) => boolean;
}
export interface ListRequest {
  readonly metadata: RequestMetadata;
}
export interface GetManyRequest {
  readonly names: readonly string[];
  readonly metadata: RequestMetadata;
}
export interface WatchRequest {
  /** Only these names; all of them when absent. */
  readonly names?: readonly string[];
}

export interface SecretData {
  /** Key to value; a store of single values answers `{ [name]: value }`. `null`: the store gave no data map at all. */
  readonly data: SecretValues | null;
  /** The service's own name for this version of the secret. */
  readonly version?: string;
  /** Milliseconds since the epoch after which the service no longer vouches for the value. */
  readonly expiresAt?: number;
}
export interface BulkSecretData {
  /** Secret name to its values; names are those that `get` takes. */
  readonly data: SecretTable<SecretValues | null> | null;
}
export interface GetManyData {
  readonly found: SecretTable<SecretData>;
  /** Names that could not be read, each with its own reason. */
  readonly failed: SecretTable<SecretStoreError>;
}
export interface SecretChange {
  readonly name: string;
  readonly kind: 'changed' | 'removed';
  readonly version?: string;
}

/** A record without a prototype, so that `__proto__` and `constructor` are ordinary names. Make it with `secretTable`. */
export type SecretTable<Value> = { [name: string]: Value };
export type SecretValues = SecretTable<string>;
export type RequestMetadata = Readonly<Record<string, string>>;

export interface RequestMetadataField {
  readonly name: string;
  readonly description: string;
  readonly example?: string;
}

/** Optional abilities. The first one is Dapr's and is shown in the metadata API; the others are announced to core. */
export const Feature = {
  multipleKeyValuesPerSecret: 'MULTIPLE_KEY_VALUES_PER_SECRET',
  list: 'LIST',
  getMany: 'GET_MANY',
  ping: 'PING',
  watch: 'WATCH',
} as const;
export type Feature = (typeof Feature)[keyof typeof Feature] | (string & {});

/** Secret names may be logged, secret values never. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
