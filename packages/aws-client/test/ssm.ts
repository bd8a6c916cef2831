import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { cofferDialect, type Dialect } from '@coffer/core';
import { type CallOptions, decodeMetadata, type Logger } from '@coffer/core/driver';
import type { FakeAws } from '@coffer/fake-services/aws';
import { type AwsConnection, connectAws } from '../src/index.ts';
import { awsMetadata } from '../src/metadata.ts';

export interface Setup {
  readonly dialect?: Dialect;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Connected extends AsyncDisposable {
  readonly aws: AwsConnection;
  readonly warnings: readonly string[];
  /** Value of the parameter `app`. */
  read(options?: CallOptions): Promise<string | undefined>;
}

/** An SDK client of a fake, with these settings besides the address and the region. */
export async function connect(
  fake: Pick<FakeAws, 'url' | 'region'>,
  properties: Readonly<Record<string, string>>,
  { dialect = cofferDialect, environment = {} }: Setup = {},
): Promise<Connected> {
  const warnings: string[] = [];
  const logger: Logger = { debug() {}, info() {}, error() {}, warn: (message) => warnings.push(message) };
  const given = {
    region: fake.region,
    endpoint: fake.url,
    stsEndpoint: fake.url,
    rolesAnywhereEndpoint: fake.url,
    ...properties,
  };
  const { metadata } = decodeMetadata(awsMetadata, given);
  const aws = await connectAws({ metadata, dialect, logger, environment, propertyNames: Object.keys(given) });
  const client = new SSMClient(aws.config);
  const call = { service: 'SSM', operation: 'GetParameter', permission: 'ssm:GetParameter', as: 'get', prefix: '' };
  return {
    aws,
    warnings,
    read: async (options = {}) => {
      const { Parameter } = await aws.call(call, (sent) => client.send(new GetParameterCommand({ Name: 'app' }), sent), options);
      return Parameter?.Value;
    },
    [Symbol.asyncDispose]: async () => aws.close(),
  };
}
