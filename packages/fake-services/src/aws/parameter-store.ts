import { AwsFailure, invalid } from './failure.ts';
import { authorise, type Identity } from './identities.ts';
import { type Input, type JsonService, listOf, textOf } from './json-protocol.ts';
import { pageOf } from './paging.ts';
import { type NewParameter, type ParameterRecord, ParameterRecords } from './parameter-records.ts';
import { allows } from './policy.ts';

/** The limits that AWS documents. */
const MOST_NAMES = 10;
const MOST_BY_PATH = 10;
const MOST_DESCRIBED = 50;
const MOST_BYTES = 4096;
const NAME = /^[A-Za-z0-9/_.-]{1,1011}$/;

export interface ParameterStoreOptions {
  readonly region: string;
  readonly account: string;
}

/** AWS Systems Manager Parameter Store: the operations that read, and enough of the others to fill it. */
export class FakeParameterStore implements JsonService {
  readonly target = 'AmazonSSM';
  readonly service = 'ssm';
  readonly parameters: ParameterRecords;
  /** Keys that KMS refuses to use, by ARN. */
  readonly disabledKeys: Set<string> = new Set();
  /** Answers every other page without a parameter and with a token, as AWS reserves to itself. */
  hasEmptyPages = false;
  /** Leaves the selector out of answers, as some emulators do. */
  hidesSelectors = false;

  constructor({ region, account }: ParameterStoreOptions) {
    this.parameters = new ParameterRecords(region, account);
  }

  /** Puts a parameter there, without the service's own checks. */
  put(name: string, value: string, more: NewParameter = {}): ParameterRecord {
    return this.parameters.put(name, value, more);
  }

  call(operation: string, input: Input, caller: Identity): object | undefined {
    switch (operation) {
      case 'GetParameter':
        return this.#getParameter(input, caller);
      case 'GetParameters':
        return this.#getParameters(input, caller);
      case 'GetParametersByPath':
        return this.#getParametersByPath(input, caller);
      case 'DescribeParameters':
        return this.#describeParameters(input, caller);
      case 'PutParameter':
        return this.#putParameter(input, caller);
      case 'LabelParameterVersion':
        return this.#label(input, caller);
    }
    return undefined;
  }

  #getParameter(input: Input, caller: Identity): object {
    const id = textOf(input, 'Name');
    const { record, selector } = this.#chosen(id, caller, 'GetParameter');
    if (record === undefined) throw new AwsFailure('ParameterNotFound', `Parameter ${id} not found.`);
    return { Parameter: this.#read(record, selector, input, caller) };
  }

  /** What can't be found is told by name; anything else that is wrong with one of them spoils the call. */
  #getParameters(input: Input, caller: Identity): object {
    const names = (listOf(input, 'Names') ?? []) as readonly string[];
    if (names.length < 1 || names.length > MOST_NAMES) {
      throw invalid(
        'names',
        'Member must have length less than or equal to 10, Member must have length greater than or equal to 1',
      );
    }
    if (new Set(names).size < names.length) throw new AwsFailure('ValidationException', 'Duplicate parameter names');
    const Parameters: object[] = [];
    const InvalidParameters: string[] = [];
    for (const id of names.toReversed()) {
      const { record, selector } = this.#chosen(id, caller, 'GetParameters');
      if (record === undefined || versionOf(record, selector) === undefined) InvalidParameters.push(id);
      else Parameters.push(this.#read(record, selector, input, caller));
    }
    return { Parameters, InvalidParameters };
  }

  #getParametersByPath(input: Input, caller: Identity): object {
    const path = textOf(input, 'Path');
    if (!path.startsWith('/') || /\/\//.test(path) || !NAME.test(path)) {
      throw new AwsFailure('ValidationException', 'The parameter path must start with a slash and have no empty level');
    }
    authorise(caller, 'ssm:GetParametersByPath', this.parameters.arnOf(path));
    const start = path.endsWith('/') ? path : `${path}/`;
    const isUnder = ({ name, versions }: ParameterRecord) =>
      versions.length > 0 && name.startsWith(start) && (input.Recursive === true || !name.slice(start.length).includes('/'));
    return this.#page(input, MOST_BY_PATH, this.parameters.all.filter(isUnder), (record) =>
      this.#read(record, '', input, caller),
    );
  }

  #describeParameters(input: Input, caller: Identity): object {
    authorise(caller, 'ssm:DescribeParameters', '*');
    const filters = (listOf(input, 'ParameterFilters') ?? []) as readonly ParameterFilter[];
    const chosen = this.parameters.all.filter(({ name }) => filters.every((filter) => fits(filter, name)));
    return this.#page(input, MOST_DESCRIBED, chosen, ({ name, arn, type, versions }) => ({
      Name: name,
      ARN: arn,
      Type: type,
      Version: versions.length,
      Tier: 'Standard',
    }));
  }

  #putParameter(input: Input, caller: Identity): object {
    const name = textOf(input, 'Name');
    authorise(caller, 'ssm:PutParameter', this.parameters.arnOf(name));
    if (!NAME.test(name)) throw invalidName();
    if (/^\/?(aws|ssm)/i.test(name))
      throw new AwsFailure('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
    const value = textOf(input, 'Value');
    if (Buffer.byteLength(value) > MOST_BYTES) throw invalid('value', 'Member must have length less than or equal to 4096');
    if (this.parameters.find(name) !== undefined && input.Overwrite !== true) {
      throw new AwsFailure(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option.',
      );
    }
    const type = (textOf(input, 'Type') || this.parameters.find(name)?.type) as ParameterRecord['type'];
    const kmsKeyId = textOf(input, 'KeyId') || undefined;
    return { Version: this.put(name, value, { type, kmsKeyId }).versions.length, Tier: 'Standard' };
  }

  #label(input: Input, caller: Identity): object {
    const { record } = this.#chosen(textOf(input, 'Name'), caller, 'LabelParameterVersion');
    const number = typeof input.ParameterVersion === 'number' ? input.ParameterVersion : (record?.versions.length ?? 0);
    const version = record?.versions[number - 1];
    if (version === undefined) throw new AwsFailure('ParameterVersionNotFound', 'The specified parameter version was not found.');
    for (const label of listOf(input, 'Labels') ?? []) {
      for (const other of record?.versions ?? []) other.labels.delete(String(label));
      version.labels.add(String(label));
    }
    return { InvalidLabels: [], ParameterVersion: number };
  }

  /** The parameter that a name or an ARN with or without a selector means, and that may be used. */
  #chosen(
    id: string,
    caller: Identity,
    operation: string,
  ): { readonly record: ParameterRecord | undefined; readonly selector: string } {
    const [whole = '', base = '', selector = ''] = /^(arn:(?:[^:]*:){4}[^:]*|[^:]*)(:.*)?$/s.exec(id) ?? [];
    if (whole === '' || !NAME.test(base.replace(/^arn:(?:[^:]*:){4}parameter/, ''))) throw invalidName();
    authorise(caller, `ssm:${operation}`, this.parameters.arnOf(base));
    return { record: this.parameters.find(base), selector };
  }

  #read(record: ParameterRecord, selector: string, input: Input, caller: Identity): object {
    const { name, arn, type, kmsKeyId } = record;
    const version = versionOf(record, selector);
    if (version === undefined) {
      const message = `Systems Manager could not find version ${selector.slice(1)} of ${name}. Verify the version and try again.`;
      throw new AwsFailure('ParameterVersionNotFound', message);
    }
    const isSecret = type === 'SecureString';
    if (isSecret && input.WithDecryption === true && kmsKeyId !== undefined) this.#checkKey(kmsKeyId, caller);
    const { value } = record.versions[version - 1] as { value: string };
    const Value = isSecret && input.WithDecryption !== true ? Buffer.from(value).toString('base64') : value;
    const shown = selector === '' || this.hidesSelectors ? {} : { Selector: selector };
    return { Name: name, ARN: arn, Type: type, Value, Version: version, DataType: 'text', LastModifiedDate: 1.7e9, ...shown };
  }

  #checkKey(kmsKeyId: string, caller: Identity): void {
    if (!allows(caller.statements, 'kms:Decrypt', kmsKeyId)) {
      const message =
        'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.';
      throw new AwsFailure('AccessDeniedException', message);
    }
    if (this.disabledKeys.has(kmsKeyId)) throw new AwsFailure('InvalidKeyId', `${kmsKeyId} is disabled.`);
  }

  #page<Item>(input: Input, most: number, all: readonly Item[], shown: (item: Item) => object): object {
    const { MaxResults = most } = input;
    if (!(typeof MaxResults === 'number' && MaxResults >= 1 && MaxResults <= most)) {
      throw invalid(
        'maxResults',
        `Member must have value less than or equal to ${most}, Member must have value greater than or equal to 1`,
      );
    }
    const token = textOf(input, 'NextToken');
    const question = [input.Path, input.ParameterFilters];
    if (this.hasEmptyPages && !token.endsWith('.')) {
      pageOf(all, MaxResults, token, question);
      return { Parameters: [], NextToken: `${token}.` };
    }
    const page = pageOf(all, MaxResults, token.replace(/\.$/, ''), question);
    return { Parameters: page.items.map(shown), ...(page.token === undefined ? {} : { NextToken: page.token }) };
  }
}

interface ParameterFilter {
  readonly Key?: string;
  readonly Option?: string;
  readonly Values?: readonly string[];
}

function fits({ Key, Option = 'Equals', Values = [] }: ParameterFilter, name: string): boolean {
  if (Key !== 'Name') throw new AwsFailure('InvalidFilterKey', `The filter key ${Key} is not valid here.`);
  if (Option === 'Equals') return Values.includes(name);
  if (Option === 'BeginsWith') return Values.some((value) => name.startsWith(value));
  throw new AwsFailure('InvalidFilterOption', `The filter option ${Option} is not valid.`);
}

/** Number of the version that a selector means; undefined when there is none. */
function versionOf({ versions }: ParameterRecord, selector: string): number | undefined {
  const wanted = selector.slice(1);
  if (selector === '') return versions.length;
  if (/^\d+$/.test(wanted)) return versions[Number(wanted) - 1] === undefined ? undefined : Number(wanted);
  const index = versions.findIndex(({ labels }) => labels.has(wanted));
  return index < 0 ? undefined : index + 1;
}

function invalidName(): AwsFailure {
  return new AwsFailure(
    'ValidationException',
    'Parameter name must be a fully qualified name of letters, numbers, and the symbols .-_/',
  );
}
