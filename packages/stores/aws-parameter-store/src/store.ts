import {
  type BulkGetRequest,
  type BulkSecretData,
  type CallOptions,
  type DriverDialect,
  type ErrorCode,
  Feature,
  forEachConcurrently,
  type GetManyData,
  type GetManyRequest,
  type GetRequest,
  type InitContext,
  isSecretStoreError,
  type ListRequest,
  type SecretData,
  type SecretStore,
  SecretStoreError,
  type SecretTable,
  type SecretValues,
  secretStoreErrorFrom,
  secretTable,
} from '@coffer/core/driver';
import type { ParameterStoreMetadata } from './metadata.ts';
import { byRequestedName, cutName, type Parameter, pathOf, requestedName } from './names.ts';
import { BATCH, Parameters, type Purpose } from './parameters.ts';

/** What a store finds around it; a test gives its own. */
export interface ParameterStoreDependencies {
  /** For the region and the proxy variables; the SDK itself reads `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

interface Open {
  readonly parameters: Parameters;
  readonly prefix: string;
  readonly dialect: Pick<DriverDialect, 'aws' | 'awsParameterStore'>;
}

type Wanted = BulkGetRequest['wanted'];

/** By whole names. */
type ReadResults = Map<string, Parameter | SecretStoreError>;

const GET = "couldn't get secret: ";
const LIST: Purpose = { as: 'list', prefix: "couldn't list secrets: " };

/** Answers to a call for many that a call for less may better: no right to it, a key or a name that spoils it. */
const NARROWER: ReadonlySet<ErrorCode> = new Set(['permission_denied', 'invalid_argument', 'failed_precondition']);

/** Parameters of one region. Nothing is asked before the first read, but for a session of IAM Roles Anywhere. */
export class ParameterStore implements SecretStore<ParameterStoreMetadata> {
  #open: Open | undefined;
  /** Whether GetParameters is known to be denied where GetParameter is not. */
  #oneByOne = false;
  readonly #dependencies: ParameterStoreDependencies;

  constructor(dependencies: ParameterStoreDependencies = {}) {
    this.#dependencies = dependencies;
  }

  async init(context: InitContext<ParameterStoreMetadata>, options: CallOptions = {}): Promise<void> {
    const { metadata, dialect } = context;
    const used = dialect.awsParameterStore.endpoint === 'used' ? metadata : { ...metadata, endpoint: undefined };
    try {
      const parameters = await Parameters.connect({ ...this.#dependencies, ...context, metadata: used }, options);
      this.#open = { parameters, prefix: metadata.prefix ?? '', dialect };
    } catch (cause) {
      const { code, detail, hint } = secretStoreErrorFrom(cause, { operation: 'init' });
      throw new SecretStoreError(code, `error creating AWS config: ${detail}`, { operation: 'init', hint, cause });
    }
  }

  /** One parameter by name, `name:version`, `name:label` or ARN. */
  async get({ name, metadata }: GetRequest, options: CallOptions = {}): Promise<SecretData> {
    const { parameters, prefix, dialect } = this.#opened();
    const requested = requestedName(prefix, name, metadata, dialect.awsParameterStore.invalidVersions);
    return this.#dataOf(name, await parameters.get(requested, { as: 'get', prefix: GET }, options));
  }

  /** Ten names a call. */
  async getMany({ names, metadata }: GetManyRequest, options: CallOptions = {}): Promise<GetManyData> {
    const { prefix, dialect } = this.#opened();
    const found: SecretTable<SecretData> = secretTable();
    const failed: SecretTable<SecretStoreError> = secretTable();
    const asked = new Map<string, string[]>();
    for (const name of new Set(names)) {
      try {
        const requested = requestedName(prefix, name, metadata, dialect.awsParameterStore.invalidVersions);
        asked.set(requested, [...(asked.get(requested) ?? []), name]);
      } catch (cause) {
        failed[name] = secretStoreErrorFrom(cause, { operation: 'getMany', secret: name });
      }
    }
    const work = async (batch: readonly string[], { signal }: CallOptions) => {
      for (const [requested, result] of await this.#readBatch(batch, 'getMany', { signal })) {
        for (const name of asked.get(requested) ?? []) {
          if (isSecretStoreError(result)) failed[name] = result;
          else found[name] = this.#dataOf(name, result);
        }
      }
    };
    await forEachConcurrently(batchesOf([...asked.keys()]), work, options);
    return { found, failed };
  }

  /** What is under the prefix: by path when it is one, else by listing names and reading ten at a time. */
  async bulkGet({ wanted }: BulkGetRequest, options: CallOptions = {}): Promise<BulkSecretData> {
    const path = this.#path();
    if (path === undefined) return await this.#bulkByNames(wanted, options);
    try {
      return await this.#bulkByPath(path, options);
    } catch (cause) {
      if (!isSecretStoreError(cause) || !NARROWER.has(cause.code)) throw cause;
      return await this.#bulkByNames(wanted, options);
    }
  }

  /** Names alone: nothing is decrypted. */
  async *list(_request: ListRequest, options: CallOptions = {}): AsyncIterable<readonly string[]> {
    const { parameters, prefix } = this.#opened();
    const path = this.#path();
    let isDenied = false;
    try {
      for await (const names of parameters.names(prefix, LIST, options)) yield* this.#listed(names);
    } catch (cause) {
      isDenied = path !== undefined && isSecretStoreError(cause) && cause.code === 'permission_denied';
      if (!isDenied) throw cause;
    }
    if (path === undefined || !isDenied) return;
    for await (const page of parameters.byPath(path, LIST, options, false)) {
      yield* this.#listed(page.map(({ Name = '' }) => Name));
    }
  }

  /** Asks for a parameter that need not be there, nor be allowed to be read: any answer of the service will do. */
  async ping(options: CallOptions = {}): Promise<void> {
    const { parameters, prefix } = this.#opened();
    try {
      await parameters.get(`${prefix}coffer-ping`, { as: 'ping', prefix: '' }, options, false);
    } catch (cause) {
      if (!isSecretStoreError(cause) || !ANSWERS.has(cause.code)) throw cause;
    }
  }

  features(): readonly Feature[] {
    return [Feature.list, Feature.getMany, Feature.ping];
  }

  async close(): Promise<void> {
    this.#open?.parameters.close();
    this.#open = undefined;
  }

  #opened(): Open {
    if (this.#open === undefined) throw new SecretStoreError('unavailable', 'the store is closed');
    return this.#open;
  }

  /** The path that the prefix is, where reading by it gives what listing by names would. */
  #path(): string | undefined {
    const { prefix, dialect } = this.#opened();
    // What `/` begins is more than what is under it to some services: those names are cut, too, under the strict dialect.
    return prefix === '/' && dialect.awsParameterStore.foreignNames === 'cut' ? undefined : pathOf(prefix);
  }

  #dataOf(name: string, { Name, Value, Version }: Parameter): SecretData {
    const { prefix, dialect } = this.#opened();
    const data: SecretValues = secretTable();
    const key = dialect.aws.valueKey === 'requested' ? name : cutName(prefix, Name ?? '');
    if (Name !== undefined && Value !== undefined) data[key] = Value;
    return { data, ...(Version === undefined ? {} : { version: String(Version) }) };
  }

  async #bulkByPath(path: string, options: CallOptions): Promise<BulkSecretData> {
    const { parameters } = this.#opened();
    const data: SecretTable<SecretValues> = secretTable();
    for await (const page of parameters.byPath(path, { ...LIST, as: 'bulkGet' }, options)) {
      for (const parameter of page) this.#put(data, parameter);
    }
    return { data };
  }

  async #bulkByNames(wanted: Wanted, { signal }: CallOptions): Promise<BulkSecretData> {
    const data: SecretTable<SecretValues> = secretTable();
    const work = async (batch: readonly string[], stopped: CallOptions) => {
      for (const [name, result] of await this.#readBatch(batch, 'bulkGet', stopped)) {
        if (!isSecretStoreError(result)) this.#put(data, result);
        // It was deleted after it was listed.
        else if (result.code !== 'not_found') throw this.#bulkFailure(name, result);
      }
    };
    await forEachConcurrently((stopped) => this.#listedBatches(wanted, stopped), work, { signal });
    return { data };
  }

  async *#listedBatches(wanted: Wanted, signal: AbortSignal): AsyncGenerator<readonly string[]> {
    const { parameters, prefix } = this.#opened();
    for await (const names of parameters.names(prefix, { ...LIST, as: 'bulkGet' }, { signal })) {
      yield* batchesOf(names.filter((name) => this.#isOurs(name) && wanted?.(cutName(prefix, name)) !== false));
    }
  }

  /** At most ten parameters by their whole names, in one call; one by one when something spoils that. */
  async #readBatch(names: readonly string[], as: string, options: CallOptions): Promise<ReadResults> {
    const results: ReadResults = new Map();
    const isDenied = !this.#oneByOne && (await this.#askBatch(names, as, options, results));
    const rest = names.filter((name) => !results.has(name));
    for (const name of rest) results.set(name, await this.#readOne(name, as, options));
    // Each of them may be read, only not ten at a time: as the permissions are for Dapr, which knows no batches.
    if (isDenied && rest.every((name) => !isSecretStoreError(results.get(name)))) this.#oneByOne = true;
    return results;
  }

  /** Puts what one GetParameters gives into the results; true when it is denied. */
  async #askBatch(names: readonly string[], as: string, options: CallOptions, results: ReadResults): Promise<boolean> {
    const wanted = new Set(names);
    try {
      const { Parameters: found = [], InvalidParameters: none = [] } = await this.#opened().parameters.getBatch(
        names,
        { as, prefix: GET },
        options,
      );
      for (const [name, parameter] of byRequestedName(found)) if (wanted.has(name)) results.set(name, parameter);
      for (const name of none) if (wanted.has(name)) results.set(name, missing(name, as));
      return false;
    } catch (cause) {
      if (!isSecretStoreError(cause) || !NARROWER.has(cause.code)) throw cause;
      return cause.code === 'permission_denied';
    }
  }

  /** A definite answer is the result; any other failure ends the whole call. */
  async #readOne(name: string, as: string, options: CallOptions): Promise<Parameter | SecretStoreError> {
    try {
      return await this.#opened().parameters.get(name, { as, prefix: GET, secret: name }, options);
    } catch (cause) {
      if (isSecretStoreError(cause) && (cause.code === 'not_found' || NARROWER.has(cause.code))) return cause;
      throw cause;
    }
  }

  #put(data: SecretTable<SecretValues>, parameter: Parameter): void {
    const { Name, Value } = parameter;
    if (Name === undefined || Value === undefined || !this.#isOurs(Name)) return;
    const name = cutName(this.#opened().prefix, Name);
    data[name] = secretTable([[name, Value]]);
  }

  *#listed(names: readonly string[]): Generator<readonly string[]> {
    const { prefix } = this.#opened();
    const ours = names.filter((name) => this.#isOurs(name)).map((name) => cutName(prefix, name));
    if (ours.length > 0) yield ours;
  }

  /** Services may take more for a beginning than it is: case, a missing slash. */
  #isOurs(name: string): boolean {
    const { prefix, dialect } = this.#opened();
    return dialect.awsParameterStore.foreignNames === 'cut' || name.startsWith(prefix);
  }

  #bulkFailure(name: string, failure: SecretStoreError): SecretStoreError {
    const { code, hint, retryable, detail } = failure;
    const reason = this.#opened().dialect.aws.failedSecret === 'name_alone' ? '' : `: ${detail.slice(GET.length)}`;
    const options = { operation: 'bulkGet', secret: name, hint, retryable, cause: failure };
    return new SecretStoreError(code, `${GET}${name}${reason}`, options);
  }
}

const ANSWERS: ReadonlySet<ErrorCode> = new Set(['not_found', 'permission_denied', 'failed_precondition']);

function* batchesOf(names: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < names.length; at += BATCH) yield names.slice(at, at + BATCH);
}

function missing(name: string, as: string): SecretStoreError {
  const detail = `${GET}operation error SSM: GetParameters, ParameterNotFound: Parameter ${name} not found.`;
  return new SecretStoreError('not_found', detail, { operation: as, secret: name });
}
