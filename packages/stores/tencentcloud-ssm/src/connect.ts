import { type DriverDialect, isSecretStoreError, SecretStoreError } from '@coffer/core/driver';
import { HttpClient, type TlsSettings } from '@coffer/http-client';
import { NO_KEYS } from './check-metadata.ts';
import { SsmClient } from './client.ts';
import { fixedKeys, type KeySource, type TemporaryKeys } from './credentials/keys.ts';
import { METADATA_ADDRESS, machineKeys } from './credentials/machine-role.ts';
import { podIdentityOf, podKeys } from './credentials/pod-role.ts';
import { renewedKeys } from './credentials/renewed-keys.ts';
import { endpointProblem, parseEndpoint, SERVICE_ADDRESS, STS_ADDRESS } from './endpoint.ts';
import type { TencentSsmMetadata } from './metadata.ts';

/** What a store finds around it; a test gives its own. */
export interface TencentSsmDependencies {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly tls?: TlsSettings;
  /** Stands in for the service's own address, under every dialect. */
  readonly address?: URL;
  /** What is signed and sent as Host in place of the address's own. */
  readonly host?: string;
  /** Where a machine is told its role's key. */
  readonly metadataAddress?: URL;
}

type Dialect = DriverDialect['tencentcloudSsm'];

/** Milliseconds for one request, where no setting says otherwise: as the reference's library has it. */
const REFERENCE_TIMEOUT = 60_000;
const DEFAULT_TIMEOUT = 30_000;
/** Milliseconds in which a machine's metadata service has answered, if there is one. */
const METADATA_TIMEOUT = 2_000;

/** A client with the component's key. Only a machine without any other is asked for one now, to tell at once that there is none. */
export async function connect(
  metadata: TencentSsmMetadata,
  dialect: Dialect,
  dependencies: TencentSsmDependencies,
  signal: AbortSignal | undefined,
): Promise<SsmClient> {
  const { environment = process.env, tls = {} } = dependencies;
  const own: Partial<TencentSsmMetadata> = dialect.ownSettings ? metadata : { requestTimeout: REFERENCE_TIMEOUT };
  const timeout = own.requestTimeout !== undefined && own.requestTimeout > 0 ? own.requestTimeout : DEFAULT_TIMEOUT;
  const address = dependencies.address ?? addressOf('endpoint', own.endpoint, SERVICE_ADDRESS);
  const stsAddress = addressOf('stsEndpoint', own.stsEndpoint, STS_ADDRESS);
  const http = new HttpClient({ environment, tls, timeout });
  try {
    const keys = await findKeys({ metadata, dialect, dependencies, environment, http, stsAddress, timeout }, signal);
    const region =
      metadata.region || (dialect.ownSettings ? environment.TENCENTCLOUD_REGION || environment.TKE_REGION : '') || '';
    return new SsmClient({
      http,
      keys,
      address,
      host: dependencies.host ?? address.host,
      region,
      language: dialect.language,
      timeout,
      retries: dialect.retries === 'some',
    });
  } catch (cause) {
    http.close();
    throw cause;
  }
}

function addressOf(name: string, text: string | undefined, usual: string): URL {
  if (text === undefined || text === '') return new URL(usual);
  const problem = endpointProblem(name, text);
  const url = parseEndpoint(text);
  if (problem === undefined && url !== undefined) return url;
  throw new SecretStoreError('invalid_argument', problem?.message ?? `${name} is not an address`, { hint: problem?.hint });
}

interface Search {
  readonly metadata: TencentSsmMetadata;
  readonly dialect: Dialect;
  readonly dependencies: TencentSsmDependencies;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly http: HttpClient;
  readonly stsAddress: URL;
  readonly timeout: number;
}

/** The settings' key, else that of the environment, of the pod, of the machine. */
async function findKeys(search: Search, signal: AbortSignal | undefined): Promise<KeySource> {
  const { metadata, dialect, environment, http, stsAddress, timeout } = search;
  const { secretId = '' } = metadata;
  const [secretKey, token] = [metadata.secretKey?.reveal() ?? '', metadata.token?.reveal() ?? ''];
  if (secretId !== '' && secretKey !== '') return fixedKeys({ secretId, secretKey, token });
  const isGiven = metadata.secretId !== undefined || metadata.secretKey !== undefined || metadata.token !== undefined;
  if (isGiven || dialect.otherKeys === 'ignored') throw noKeys('set secretId and secretKey');
  const { TENCENTCLOUD_SECRET_ID: id = '', TENCENTCLOUD_SECRET_KEY: key = '', TENCENTCLOUD_TOKEN } = environment;
  if (id !== '' && key !== '') return fixedKeys({ secretId: id, secretKey: key, token: TENCENTCLOUD_TOKEN ?? '' });
  if (id !== '' || key !== '') throw noKeys('set both TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY');
  const identity = podIdentityOf(environment);
  if (identity !== undefined) return renewedKeys(({ signal: stop }) => podKeys(http, stsAddress, identity, stop), timeout);
  return await keysOfMachine(search.dependencies.metadataAddress ?? new URL(METADATA_ADDRESS), signal);
}

async function keysOfMachine(address: URL, signal: AbortSignal | undefined): Promise<KeySource> {
  // No proxy leads to what is beside this machine.
  const http = new HttpClient({ proxy: 'none', timeout: METADATA_TIMEOUT });
  const keys = renewedKeys(({ signal: stop }) => machineKeys(http, address, stop), METADATA_TIMEOUT);
  const close = () => {
    keys.close();
    http.close();
  };
  try {
    await keys.current(signal);
  } catch (cause) {
    close();
    if (isSecretStoreError(cause) && cause.code === 'canceled') throw cause;
    throw noKeys(
      'set secretId and secretKey, or TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or bind a role to the instance',
      cause,
    );
  }
  return { current: (stop) => keys.current(stop), refuse: (refused: TemporaryKeys) => keys.refuse(refused), close };
}

function noKeys(hint: string, cause?: unknown): SecretStoreError {
  return new SecretStoreError('failed_precondition', NO_KEYS, { hint, cause });
}
