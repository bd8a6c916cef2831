import type { DescribeParametersResult, GetParametersByPathResult, GetParametersResult, SSMClient } from '@aws-sdk/client-ssm';
import { type AwsConnection, type AwsConnectionOptions, connectAws, pages } from '@coffer/aws-client';
import type { CallOptions } from '@coffer/core/driver';
import type { Parameter } from './names.ts';

type Sdk = typeof import('@aws-sdk/client-ssm');

/** For whom a call is made: operation of the contract, and the secret in calls that read several. */
export interface Purpose {
  readonly as: string;
  /** What the reference writes before the SDK's words. */
  readonly prefix: string;
  readonly secret?: string;
}

/** How many names one GetParameters takes, and how many parameters a page of a path has. */
export const BATCH = 10;
const DESCRIBED = 50;

/** The four calls that read parameters. All fail with `SecretStoreError`. */
export class Parameters {
  readonly #aws: AwsConnection;
  readonly #sdk: Sdk;
  readonly #client: SSMClient;

  /** Finds region and credentials and loads the SDK. */
  static async connect(options: AwsConnectionOptions, callOptions: CallOptions): Promise<Parameters> {
    const [aws, sdk] = await Promise.all([connectAws(options, callOptions), import('@aws-sdk/client-ssm')]);
    return new Parameters(aws, sdk);
  }

  constructor(aws: AwsConnection, sdk: Sdk) {
    this.#aws = aws;
    this.#sdk = sdk;
    this.#client = new sdk.SSMClient(aws.config);
  }

  async get(name: string, purpose: Purpose, options: CallOptions, decrypted = true): Promise<Parameter> {
    const command = () => new this.#sdk.GetParameterCommand({ Name: name, WithDecryption: decrypted });
    const { Parameter = {} } = await this.#call('GetParameter', purpose, options, (sent) => this.#client.send(command(), sent));
    return Parameter;
  }

  /** At most ten names. */
  getBatch(names: readonly string[], purpose: Purpose, options: CallOptions): Promise<GetParametersResult> {
    const command = () => new this.#sdk.GetParametersCommand({ Names: [...names], WithDecryption: true });
    return this.#call('GetParameters', purpose, options, (sent) => this.#client.send(command(), sent));
  }

  /** Every parameter under a path, with values. */
  byPath(path: string, purpose: Purpose, options: CallOptions, decrypted = true): AsyncIterable<readonly Parameter[]> {
    const page = (NextToken: string | undefined): Promise<GetParametersByPathResult> => {
      const input = { Path: path, Recursive: true, WithDecryption: decrypted, MaxResults: BATCH, NextToken };
      const command = () => new this.#sdk.GetParametersByPathCommand(input);
      return this.#call('GetParametersByPath', purpose, options, (sent) => this.#client.send(command(), sent));
    };
    return itemsOf(pages(page), ({ Parameters = [] }) => Parameters);
  }

  /** The names that begin with a prefix; of all parameters when it is empty. */
  names(prefix: string, purpose: Purpose, options: CallOptions): AsyncIterable<readonly string[]> {
    const filters = prefix === '' ? {} : { ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: [prefix] }] };
    const page = (NextToken: string | undefined): Promise<DescribeParametersResult> => {
      const command = () => new this.#sdk.DescribeParametersCommand({ ...filters, MaxResults: DESCRIBED, NextToken });
      return this.#call('DescribeParameters', purpose, options, (sent) => this.#client.send(command(), sent));
    };
    return itemsOf(pages(page), ({ Parameters = [] }) => Parameters.flatMap(({ Name }) => (Name === undefined ? [] : [Name])));
  }

  close(): void {
    this.#client.destroy();
    this.#aws.close();
  }

  #call<Output>(
    operation: string,
    purpose: Purpose,
    options: CallOptions,
    send: (options: { readonly abortSignal: AbortSignal }) => Promise<Output>,
  ): Promise<Output> {
    return this.#aws.call({ service: 'SSM', operation, permission: `ssm:${operation}`, ...purpose }, send, options);
  }
}

/** What is on each page; pages may be empty. */
async function* itemsOf<Page, Item>(
  all: AsyncIterable<Page>,
  read: (page: Page) => readonly Item[],
): AsyncGenerator<readonly Item[]> {
  for await (const page of all) {
    const items = read(page);
    if (items.length > 0) yield items;
  }
}
