import { type CallOptions, type DriverDialect, type InitContext, isSecretStoreError, type Redacted } from '@coffer/core/driver';
import { HttpClient } from '@coffer/http-client';
import { OosClient } from './client.ts';
import { findCredentials, noCredentials } from './credentials/find-credentials.ts';
import { renewedCredentials } from './credentials/renewed-credentials.ts';
import { type CredentialSource, lastingKeys } from './credentials/types.ts';
import { parseEndpoint } from './endpoint.ts';
import type { AlicloudMetadata } from './metadata.ts';
import type { AlicloudDependencies } from './store.ts';

type Dialect = DriverDialect['alicloudParameterStore'];

const DEFAULT_TIMEOUT = 30_000;
/** Off Alibaba Cloud nobody answers at this address, and a start must not wait long for that. */
const METADATA_ADDRESS = 'http://100.100.100.200';
const METADATA_TIMEOUT = 2_000;
/** Bytes: a page has ten parameters, of some kilobytes each. */
const LARGEST_ANSWER = 4 * 2 ** 20;
/** Bytes: credentials and what is said about them. */
const LARGEST_METADATA = 2 ** 20;

/** A client with the component's credentials, got once. Fails with `failed_precondition` when there are none. */
export async function connect(
  { metadata, dialect }: InitContext<AlicloudMetadata>,
  dependencies: AlicloudDependencies,
  { signal }: CallOptions,
): Promise<OosClient> {
  const { alicloudParameterStore } = dialect;
  const { environment = process.env, tls = {} } = dependencies;
  const own: Partial<AlicloudMetadata> = alicloudParameterStore.ownSettings ? metadata : {};
  const timeout = own.requestTimeout !== undefined && own.requestTimeout > 0 ? own.requestTimeout : DEFAULT_TIMEOUT;
  const http = new HttpClient({ environment, tls, timeout, maxResponse: LARGEST_ANSWER });
  const service = addressOf(`oos.${metadata.regionId}.aliyuncs.com`, own.endpoint, dependencies.address);
  const sts = addressOf(`sts.${metadata.regionId}.aliyuncs.com`, own.stsEndpoint, dependencies.stsAddress);
  const instance = {
    http: new HttpClient({ proxy: 'none', timeout: METADATA_TIMEOUT, maxResponse: LARGEST_METADATA }),
    address: dependencies.metadataAddress ?? new URL(METADATA_ADDRESS),
    allowsTokenless: !/^true$/i.test(environment.ALIBABA_CLOUD_IMDSV1_DISABLED ?? ''),
  };
  const { ecsRamRole = '' } = own;
  const source =
    settingsKeys(metadata, alicloudParameterStore) ??
    findCredentials({ environment, sts: { http, ...sts }, instance, ecsRamRole });
  const credentials = renewedCredentials(source, timeout);
  try {
    await credentials.current(signal);
  } catch (cause) {
    credentials.close();
    http.close();
    throw isUnreached(cause) ? noCredentials(cause) : cause;
  }
  const { retries } = alicloudParameterStore;
  return new OosClient({ http, credentials, ...service, timeout, retries });
}

/** Keys of the settings. In the reference nothing else counts, and one key alone counts as none. */
function settingsKeys(metadata: AlicloudMetadata, { credentials }: Dialect): CredentialSource | undefined {
  const { accessKeyId: keyId = '', accessKeySecret, securityToken } = metadata;
  const secret = revealed(accessKeySecret);
  if (keyId !== '' && secret !== '') return lastingKeys(keyId, secret, revealed(securityToken));
  return credentials === 'settings' ? lastingKeys('', '', '') : undefined;
}

/** The host's name as it is written: it is signed so. */
function addressOf(host: string, endpoint = '', injected?: URL): { readonly address: URL; readonly host: string } {
  const address = endpoint === '' ? undefined : parseEndpoint(endpoint);
  if (address !== undefined) return { address, host: address.host };
  return { address: injected ?? new URL(`https://${host}`), host };
}

/** Whether nobody answered where the metadata service of an instance would be. */
function isUnreached(cause: unknown): boolean {
  if (!isSecretStoreError(cause) || !cause.detail.startsWith('metadata service: ')) return false;
  return cause.code === 'unavailable' || cause.code === 'deadline_exceeded';
}

function revealed(value: Redacted<string> | undefined): string {
  return value?.reveal() ?? '';
}
