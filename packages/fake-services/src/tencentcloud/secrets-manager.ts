import { TencentFailure } from './failure.ts';

export type Input = Readonly<Record<string, unknown>>;

export interface FakeSecretOptions {
  /** `v1` when absent. */
  readonly version?: string;
  /** Seconds since the epoch; later than everything before when absent. */
  readonly made?: number;
  /** A secret that the service makes for a database: it has a version in use, and is in no list of the user's own. */
  readonly isProduct?: boolean;
}

interface Version {
  readonly id: string;
  readonly made: number;
  readonly value: string | Buffer;
}

interface Secret {
  readonly name: string;
  readonly made: number;
  readonly isProduct: boolean;
  isEnabled: boolean;
  /** The newest first. */
  versions: readonly Version[];
}

const CURRENT = 'SSM_Current';
const DEFAULT_PAGE = 20;
const LARGEST_PAGE = 100;

/** Secrets Manager (SSM, API of 2019-09-23) as its documentation has it, for what readers of secrets ask. */
export class FakeSecretsManager {
  /** Whether a secret of text comes with an empty SecretBinary beside it, as in the documentation's example. */
  emptyBinaryBesideText = true;
  readonly #secrets = new Map<string, Secret>();
  readonly #gone = new Set<string>();
  #clock = 1_700_000_000;

  /** Adds a version; a value of bytes is a binary one. */
  put(
    name: string,
    value: string | Buffer,
    { version = 'v1', made = ++this.#clock, isProduct = false }: FakeSecretOptions = {},
  ): void {
    const secret = this.#secrets.get(name) ?? { name, made, isProduct, isEnabled: true, versions: [] };
    const others = secret.versions.filter(({ id }) => id !== version);
    secret.versions = [{ id: version, made, value }, ...others].toSorted((one, other) => other.made - one.made);
    this.#secrets.set(name, secret);
  }

  enable(name: string, isEnabled: boolean): void {
    const secret = this.#secrets.get(name);
    if (secret !== undefined) secret.isEnabled = isEnabled;
  }

  delete(name: string): void {
    this.#secrets.delete(name);
    this.#gone.delete(name);
  }

  /** A secret that lists still name when it is not there any more: it was deleted between the two. */
  listGone(name: string): void {
    this.put(name, '');
    this.#gone.add(name);
  }

  /** What is in the Response. Fails with `TencentFailure`. */
  call(action: string, input: Input): object {
    switch (action) {
      case 'GetSecretValue':
        return this.#getSecretValue(textIn(input, 'SecretName'), textIn(input, 'VersionId'));
      case 'ListSecrets':
        return this.#listSecrets(input);
      case 'ListSecretVersionIds':
        return this.#listVersions(textIn(input, 'SecretName'));
      case 'DescribeSecret':
        return described(this.#find(textIn(input, 'SecretName')));
      default:
        throw new TencentFailure('InvalidAction', 'The API action does not exist or is not supported.');
    }
  }

  #getSecretValue(name: string, version: string): object {
    const secret = this.#find(name);
    if (!secret.isEnabled) throw new TencentFailure('ResourceUnavailable.ResourceDisabled', 'The secret is disabled.');
    const isCurrent = version === CURRENT && secret.isProduct;
    const found = isCurrent ? secret.versions[0] : secret.versions.find(({ id }) => id === version);
    if (found === undefined) throw new TencentFailure('ResourceNotFound', 'The version does not exist.');
    const value =
      typeof found.value === 'string'
        ? { SecretString: found.value, ...(this.emptyBinaryBesideText ? { SecretBinary: '' } : {}) }
        : { SecretBinary: found.value.toString('base64'), SecretString: '' };
    return { SecretName: name, VersionId: isCurrent ? CURRENT : found.id, ...value };
  }

  #listSecrets(input: Input): object {
    const { SecretType: type = 0, State: state = 0, OrderType: order = 0, SearchSecretName: search = '' } = input;
    const offset = numberIn(input, 'Offset', 0);
    const limit = numberIn(input, 'Limit', 0) || DEFAULT_PAGE;
    if (limit > LARGEST_PAGE) throw new TencentFailure('InvalidParameterValue', 'Limit is out of range.');
    const all = [...this.#secrets.values()]
      .filter(({ isProduct }) => isProduct === (type === 1))
      .filter(({ isEnabled }) => state === 0 || isEnabled === (state === 1))
      .filter(({ name }) => name.includes(String(search)))
      .toSorted((one, other) => (order === 1 ? one.made - other.made : other.made - one.made));
    return { TotalCount: all.length, SecretMetadatas: all.slice(offset, offset + limit).map(described) };
  }

  #listVersions(name: string): object {
    const { versions } = this.#find(name);
    return { SecretName: name, Versions: versions.map(({ id, made }) => ({ VersionId: id, CreateTime: made })) };
  }

  #find(name: string): Secret {
    const secret = this.#secrets.get(name);
    if (secret === undefined || this.#gone.has(name)) {
      throw new TencentFailure('ResourceNotFound', 'The secret does not exist.');
    }
    return secret;
  }
}

function described({ name, made, isProduct, isEnabled }: Secret): object {
  return {
    SecretName: name,
    Description: '',
    Status: isEnabled ? 'Enabled' : 'Disabled',
    DeleteTime: 0,
    CreateTime: made,
    SecretType: isProduct ? 1 : 0,
    ProductName: isProduct ? 'Mysql' : '',
    RotationStatus: 0,
  };
}

/** A text that must be there and not be empty. */
function textIn(input: Input, name: string): string {
  const value = input[name];
  if (value === undefined) {
    throw new TencentFailure('MissingParameter', `The request is missing a required parameter \`${name}\`.`);
  }
  if (typeof value !== 'string') throw new TencentFailure('InvalidParameter', `${name} is not a string.`);
  if (value === '') throw new TencentFailure('InvalidParameterValue', `${name} must not be empty.`);
  return value;
}

function numberIn(input: Input, name: string, otherwise: number): number {
  const value = input[name] ?? otherwise;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw new TencentFailure('InvalidParameter', `${name} is not an unsigned integer.`);
  }
  return value;
}
