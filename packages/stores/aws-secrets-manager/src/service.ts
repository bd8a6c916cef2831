import type {
  BatchGetSecretValueCommandInput,
  BatchGetSecretValueCommandOutput,
  GetSecretValueCommandInput,
  GetSecretValueCommandOutput,
  ListSecretsCommandInput,
  ListSecretsCommandOutput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { AwsCall, AwsConnection } from '@coffer/aws-client';
import type { CallOptions } from '@coffer/core/driver';

/** As the reference names the service in its failures. */
const SERVICE = 'Secrets Manager';
export const GET_PREFIX = "couldn't get secret: ";
const LIST_PREFIX = "couldn't list secrets: ";

/** For which operation of the contract a call is made; and of which secret, when it is one of several. */
export interface Purpose {
  readonly as: string;
  readonly secret?: string | undefined;
}
export interface PurposeOptions extends CallOptions, Purpose {}

/** The three operations of AWS Secrets Manager that read. Each fails with `SecretStoreError`. */
export class Service {
  readonly #connection: AwsConnection;
  readonly #client: SecretsManagerClient;
  readonly #sdk: typeof import('@aws-sdk/client-secrets-manager');

  private constructor(connection: AwsConnection, sdk: typeof import('@aws-sdk/client-secrets-manager')) {
    this.#connection = connection;
    this.#sdk = sdk;
    this.#client = new sdk.SecretsManagerClient(connection.config);
  }

  /** Loads the SDK; asks nobody. */
  static async over(connection: AwsConnection): Promise<Service> {
    return new Service(connection, await import('@aws-sdk/client-secrets-manager'));
  }

  get(input: GetSecretValueCommandInput, { as, secret, signal }: PurposeOptions): Promise<GetSecretValueCommandOutput> {
    const command = new this.#sdk.GetSecretValueCommand(input);
    return this.#connection.call(getCall({ as, secret }), (options) => this.#client.send(command, options), { signal });
  }

  /** Some of the secrets may be missing in the answer, or be among its errors. */
  batch(input: BatchGetSecretValueCommandInput, { as, signal }: PurposeOptions): Promise<BatchGetSecretValueCommandOutput> {
    const operation = 'BatchGetSecretValue';
    const prefix = input.Filters === undefined ? GET_PREFIX : LIST_PREFIX;
    const call: AwsCall = { service: SERVICE, operation, permission: `secretsmanager:${operation}`, as, prefix };
    const command = new this.#sdk.BatchGetSecretValueCommand(input);
    return this.#connection.call(call, (options) => this.#client.send(command, options), { signal });
  }

  list(input: ListSecretsCommandInput, { as, signal }: PurposeOptions): Promise<ListSecretsCommandOutput> {
    const operation = 'ListSecrets';
    const call: AwsCall = { service: SERVICE, operation, permission: `secretsmanager:${operation}`, as, prefix: LIST_PREFIX };
    const command = new this.#sdk.ListSecretsCommand(input);
    return this.#connection.call(call, (options) => this.#client.send(command, options), { signal });
  }

  close(): void {
    this.#client.destroy();
    this.#connection.close();
  }
}

/** How a read of one secret is told of, be it by itself or in a batch. */
export function getCall({ as, secret }: Purpose): AwsCall {
  const operation = 'GetSecretValue';
  return { service: SERVICE, operation, permission: `secretsmanager:${operation}`, as, secret, prefix: GET_PREFIX };
}
