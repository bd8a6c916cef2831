import { AwsFailure, invalid } from './failure.ts';
import { authorise, type Identity } from './identities.ts';
import { type Input, type JsonService, listOf, textOf } from './json-protocol.ts';
import { pageOf } from './paging.ts';
import { allows } from './policy.ts';
import { filterOf } from './secret-filters.ts';
import { type NewSecret, type SecretRecord, SecretRecords, type SecretVersion } from './secret-records.ts';

/** The limits that AWS documents. */
const MOST_IDS = 20;
const MOST_LISTED = 100;
const MOST_BYTES = 65_536;
const NAME = /^[A-Za-z0-9/_+=.@!-]{1,512}$/;
const NO_SECRET = "Secrets Manager can't find the specified secret.";

export interface SecretsManagerOptions {
  readonly region: string;
  readonly account: string;
  readonly now: () => number;
}

/** AWS Secrets Manager: the operations that read, and enough of the others to fill it. */
export class FakeSecretsManager implements JsonService {
  readonly target = 'secretsmanager';
  readonly service = 'secretsmanager';
  readonly secrets: SecretRecords;
  /** Keys that KMS refuses to use, by ARN. */
  readonly disabledKeys: Set<string> = new Set();
  /** How often reads of a secret are still told to be throttled, in a batch or by itself, by name. */
  readonly throttled: Map<string, number> = new Map();
  /** Answers every other page of a filtered batch without a secret and with a token, as AWS reserves to itself. */
  hasEmptyPages = false;
  /** Operations that do not exist here, as in an older emulator. */
  readonly without: Set<string> = new Set();
  /** Filters of a batch are taken and then match nothing, as in an emulator that knows only ids. */
  ignoresFilters = false;
  readonly #now: () => number;

  constructor({ region, account, now }: SecretsManagerOptions) {
    this.secrets = new SecretRecords(region, account);
    this.#now = now;
  }

  /** Puts a secret there, without the service's own checks. */
  put(name: string, value: string | Buffer | undefined, more: Omit<NewSecret, 'value'> = {}): SecretRecord {
    return this.secrets.put(name, { value, ...more }, this.#now());
  }

  /** Schedules a secret for deletion. */
  delete(name: string): void {
    const secret = this.secrets.find(name);
    if (secret !== undefined) secret.deleted = this.#now();
  }

  call(operation: string, input: Input, caller: Identity): object | undefined {
    if (this.without.has(operation)) return undefined;
    switch (operation) {
      case 'GetSecretValue':
        return this.#getSecretValue(input, caller);
      case 'BatchGetSecretValue':
        return this.#batchGetSecretValue(input, caller);
      case 'ListSecrets':
        return this.#listSecrets(input, caller);
      case 'DescribeSecret':
        return this.#described(this.#existing(input, caller, operation));
      case 'CreateSecret':
        return this.#createSecret(input, caller);
      case 'PutSecretValue':
        return this.#putSecretValue(input, caller);
      case 'DeleteSecret':
        return this.#deleteSecret(input, caller);
    }
    return undefined;
  }

  #getSecretValue(input: Input, caller: Identity): object {
    const secret = this.#existing(input, caller, 'GetSecretValue');
    const versionId = optional(input, 'VersionId');
    if (versionId !== undefined && versionId.length < 32) {
      throw invalid('versionId', 'Member must have length greater than or equal to 32');
    }
    return this.#read(secret, caller, versionId, optional(input, 'VersionStage'));
  }

  #batchGetSecretValue(input: Input, caller: Identity): object {
    const ids = listOf(input, 'SecretIdList') as readonly string[] | undefined;
    const filters = listOf(input, 'Filters');
    if ((ids === undefined) === (filters === undefined)) {
      throw new AwsFailure('InvalidParameterException', "Either 'SecretIdList' or 'Filters' must be provided, but not both.");
    }
    authorise(caller, 'secretsmanager:BatchGetSecretValue', '*');
    if (ids === undefined) return this.#batchByFilter(input, caller);
    if (ids.length < 1 || ids.length > MOST_IDS) {
      throw invalid(
        'secretIdList',
        'Member must have length less than or equal to 20, Member must have length greater than or equal to 1',
      );
    }
    if (input.MaxResults !== undefined) {
      throw new AwsFailure('InvalidParameterException', 'To use MaxResults, you must also use Filters.');
    }
    return this.#batch(ids, caller);
  }

  #batchByFilter(input: Input, caller: Identity): object {
    authorise(caller, 'secretsmanager:ListSecrets', '*');
    const size = sizeOf(input, MOST_IDS);
    const filter = filterOf(input);
    const chosen = this.ignoresFilters ? [] : this.#listed(false).filter(filter);
    const question = ['batch', input.Filters];
    if (this.hasEmptyPages && !textOf(input, 'NextToken').endsWith('.')) {
      pageOf(chosen, size, textOf(input, 'NextToken'), question);
      return { SecretValues: [], Errors: [], NextToken: `${textOf(input, 'NextToken')}.` };
    }
    const page = pageOf(chosen, size, textOf(input, 'NextToken').replace(/\.$/, ''), question);
    const arns = page.items.map(({ arn }) => arn);
    return { ...this.#batch(arns, caller), ...(page.token === undefined ? {} : { NextToken: page.token }) };
  }

  /** Values and refusals, each in an order of its own. */
  #batch(ids: readonly string[], caller: Identity): { readonly SecretValues: object[]; readonly Errors: object[] } {
    const SecretValues: object[] = [];
    const Errors: object[] = [];
    for (const id of [...new Set(ids)].toReversed()) {
      try {
        const secret = this.#existing({ SecretId: id }, caller, 'GetSecretValue');
        SecretValues.push(this.#read(secret, caller));
      } catch (cause) {
        if (!(cause instanceof AwsFailure)) throw cause;
        Errors.push({ SecretId: id, ErrorCode: cause.code, Message: cause.message });
      }
    }
    return { SecretValues, Errors };
  }

  #listSecrets(input: Input, caller: Identity): object {
    authorise(caller, 'secretsmanager:ListSecrets', '*');
    const size = sizeOf(input, MOST_LISTED);
    const all = this.#listed(input.IncludePlannedDeletion === true).filter(filterOf(input));
    const page = pageOf(all, size, textOf(input, 'NextToken'), ['list', input.Filters]);
    const SecretList = page.items.map((secret) => this.#described(secret));
    return { SecretList, ...(page.token === undefined ? {} : { NextToken: page.token }) };
  }

  #createSecret(input: Input, caller: Identity): object {
    const name = textOf(input, 'Name');
    authorise(caller, 'secretsmanager:CreateSecret', this.secrets.resourceOf(name));
    if (!NAME.test(name)) throw invalidName();
    if (this.secrets.find(name) !== undefined) {
      throw new AwsFailure('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
    }
    const value = valueIn(input);
    const versionId = optional(input, 'ClientRequestToken');
    const made = this.put(name, value, {
      versionId,
      kmsKeyId: optional(input, 'KmsKeyId'),
      description: textOf(input, 'Description'),
    });
    return { ARN: made.arn, Name: name, ...(value === undefined ? {} : { VersionId: made.versions.at(-1)?.id }) };
  }

  #putSecretValue(input: Input, caller: Identity): object {
    const { name, arn, versions } = this.#existing(input, caller, 'PutSecretValue');
    const stages = listOf(input, 'VersionStages') as readonly string[] | undefined;
    this.put(name, valueIn(input) ?? '', { versionId: optional(input, 'ClientRequestToken'), stages });
    return { ARN: arn, Name: name, VersionId: versions.at(-1)?.id };
  }

  #deleteSecret(input: Input, caller: Identity): object {
    const { name, arn } = this.#existing(input, caller, 'DeleteSecret');
    if (input.ForceDeleteWithoutRecovery === true) this.secrets.remove(name);
    else this.delete(name);
    return { ARN: arn, Name: name, DeletionDate: this.#now() / 1000 };
  }

  /** The secret of an input, that may be used: whether it exists is told only to who may know. */
  #existing(input: Input, caller: Identity, operation: string): SecretRecord {
    const id = textOf(input, 'SecretId');
    if (id.length < 1 || id.length > 2048) {
      throw invalid(
        'secretId',
        'Member must have length less than or equal to 2048, Member must have length greater than or equal to 1',
      );
    }
    if (!id.startsWith('arn:') && !NAME.test(id)) throw invalidName();
    const secret = this.secrets.find(id);
    authorise(caller, `secretsmanager:${operation}`, this.secrets.resourceOf(id), secret?.arn ?? id);
    if (secret === undefined) throw new AwsFailure('ResourceNotFoundException', NO_SECRET);
    if (secret.deleted !== undefined && operation !== 'DescribeSecret') {
      throw new AwsFailure(
        'InvalidRequestException',
        "You can't perform this operation on the secret because it was marked for deletion.",
      );
    }
    return secret;
  }

  #read({ name, arn, kmsKeyId, versions }: SecretRecord, caller: Identity, id?: string, stage?: string): object {
    const left = this.throttled.get(name) ?? 0;
    if (left > 0) {
      this.throttled.set(name, left - 1);
      throw new AwsFailure('ThrottlingException', 'Rate exceeded');
    }
    const version = versionOf(versions, id, stage);
    if (kmsKeyId !== undefined) {
      if (!allows(caller.statements, 'kms:Decrypt', kmsKeyId)) {
        throw new AwsFailure('AccessDeniedException', 'Access to KMS is not allowed');
      }
      if (this.disabledKeys.has(kmsKeyId)) {
        throw new AwsFailure(
          'DecryptionFailure',
          "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
        );
      }
    }
    const value =
      typeof version.value === 'string' ? { SecretString: version.value } : { SecretBinary: version.value.toString('base64') };
    const about = { VersionId: version.id, VersionStages: [...version.stages], CreatedDate: version.created / 1000 };
    return { ARN: arn, Name: name, ...about, ...value };
  }

  #listed(includesDeleted: boolean): readonly SecretRecord[] {
    return this.secrets.all.filter(({ deleted }) => includesDeleted || deleted === undefined);
  }

  #described({ name, arn, description, created, deleted, tags, kmsKeyId }: SecretRecord): object {
    return {
      ARN: arn,
      Name: name,
      CreatedDate: created / 1000,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      ...(description === '' ? {} : { Description: description }),
      ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
      ...(deleted === undefined ? {} : { DeletedDate: deleted / 1000 }),
    };
  }
}

function versionOf(versions: readonly SecretVersion[], id: string | undefined, stage: string | undefined): SecretVersion {
  if (id !== undefined) {
    const version = versions.find((candidate) => candidate.id === id);
    if (version === undefined) {
      throw new AwsFailure(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for VersionId: ${id}`,
      );
    }
    if (stage !== undefined && !version.stages.has(stage)) {
      throw new AwsFailure(
        'InvalidRequestException',
        'You provided a VersionStage that is not associated to the provided VersionId.',
      );
    }
    return version;
  }
  const wanted = stage ?? 'AWSCURRENT';
  const version = versions.find(({ stages }) => stages.has(wanted));
  if (version !== undefined) return version;
  throw new AwsFailure(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for staging label: ${wanted}`,
  );
}

function valueIn(input: Input): string | Buffer | undefined {
  const text = input.SecretString === undefined ? undefined : textOf(input, 'SecretString');
  const value = text ?? (input.SecretBinary === undefined ? undefined : Buffer.from(textOf(input, 'SecretBinary'), 'base64'));
  if (value !== undefined && Buffer.byteLength(value) > MOST_BYTES) {
    throw invalid('secretString', 'Member must have length less than or equal to 65536');
  }
  return value;
}

/** A member that must not be empty when it is there. */
function optional(input: Input, name: string): string | undefined {
  if (input[name] === undefined) return undefined;
  const text = textOf(input, name);
  if (text === '') throw invalid(name, 'Member must have length greater than or equal to 1');
  return text;
}

function sizeOf(input: Input, most: number): number {
  const { MaxResults = most } = input;
  if (typeof MaxResults === 'number' && MaxResults >= 1 && MaxResults <= most) return MaxResults;
  throw invalid(
    'maxResults',
    `Member must have value less than or equal to ${most}, Member must have value greater than or equal to 1`,
  );
}

function invalidName(): AwsFailure {
  return new AwsFailure(
    'ValidationException',
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
  );
}
