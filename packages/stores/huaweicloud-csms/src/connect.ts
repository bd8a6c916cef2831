import { type DriverDialect, SecretStoreError } from '@coffer/core/driver';
import { HttpClient, type TlsSettings } from '@coffer/http-client';
import { agencyKeys } from './agency-keys.ts';
import { HuaweiApi } from './api.ts';
import { unexpectedRegion } from './check-metadata.ts';
import { Csms } from './csms.ts';
import { ENDPOINT_HINT, parseEndpoint } from './endpoint.ts';
import { projectError } from './errors.ts';
import { configuredKeys, type KeySource } from './key-source.ts';
import type { HuaweiMetadata } from './metadata.ts';
import { projectIdOf } from './projects.ts';
import { isListedRegion, isRegion, regionAdvice, serviceAddress } from './regions.ts';

/** What a store finds around it; a test gives its own. */
export interface HuaweiDependencies {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly tls?: TlsSettings;
  /** Where everything is sent, whatever its host is; what is signed and sent as Host stays. */
  readonly address?: URL;
  /** The metadata service of an Elastic Cloud Server. */
  readonly metadataAddress?: URL;
}

type Dialect = DriverDialect['huaweicloudCsms'];
type Environment = Readonly<Record<string, string | undefined>>;

const TIMEOUT = 30_000;
const REFERENCE_TIMEOUT = 120_000;
const IAM = new URL('https://iam.myhuaweicloud.com');
/** Asked by address, not by name: a name could be answered by anybody's DNS. */
const METADATA = new URL('http://169.254.169.254');
/** Bytes: a value has 32 KiB, a page a hundred secrets. */
const LARGEST_ANSWER = 8 * 2 ** 20;
/** Bytes: keys and what is said about them. */
const LARGEST_METADATA = 2 ** 20;

/** The service with the component's keys and project. Asks IAM for the project unless the settings name it. */
export async function connect(
  metadata: HuaweiMetadata,
  dialect: Dialect,
  dependencies: HuaweiDependencies,
  signal: AbortSignal | undefined,
): Promise<Csms> {
  const { environment = process.env, tls = {}, address } = dependencies;
  const { region } = metadata;
  const own: Partial<HuaweiMetadata> = dialect.ownSettings ? metadata : {};
  const service = serviceOf(region, own.endpoint ?? '', dialect, environment);
  const iam = addressIn('iamEndpoint', own.iamEndpoint) ?? addressIn(IAM_VARIABLE, environment[IAM_VARIABLE]) ?? IAM;
  const wanted = own.requestTimeout ?? 0;
  const timeout = wanted > 0 ? wanted : dialect.ownSettings ? TIMEOUT : REFERENCE_TIMEOUT;
  const http = new HttpClient({ environment, tls, timeout, maxResponse: LARGEST_ANSWER });
  const api = new HuaweiApi({ http, keys: keysOf(metadata, own, dependencies), timeout, retries: dialect.retries, address });
  try {
    const project = await projectOf(api, { id: own.projectId ?? '', iam, region }, signal);
    return new Csms({ api, service, project });
  } catch (cause) {
    api.close();
    throw cause;
  }
}

const IAM_VARIABLE = 'HUAWEICLOUD_SDK_IAM_ENDPOINT';

/** By setting, by the environment, or by the region's name, in this order. */
function serviceOf(region: string, endpoint: string, dialect: Dialect, environment: Environment): URL {
  const variable = `HUAWEICLOUD_SDK_REGION_CSMS_${region.toUpperCase().replaceAll('-', '_')}`;
  // Of several addresses, which the variable may have, the first.
  const [first] = (environment[variable] ?? '').split(',');
  const given = addressIn('endpoint', endpoint) ?? addressIn(variable, first);
  if (given !== undefined) return given;
  if (isRegion(region) && (dialect.unlistedRegions === 'tried' || isListedRegion(region))) return serviceAddress(region);
  throw new SecretStoreError('invalid_argument', unexpectedRegion(region), { hint: regionAdvice(region) });
}

function addressIn(name: string, text: string | undefined): URL | undefined {
  if (text === undefined || text === '') return undefined;
  const url = parseEndpoint(text);
  if (url === undefined) throw new SecretStoreError('invalid_argument', `${name} is not an address`, { hint: ENDPOINT_HINT });
  return url;
}

/** Without any part of a key, the reference too asks the server that it runs on. */
function keysOf(metadata: HuaweiMetadata, own: Partial<HuaweiMetadata>, dependencies: HuaweiDependencies): KeySource {
  const accessKey = metadata.accessKey ?? '';
  const secretKey = metadata.secretAccessKey?.reveal() ?? '';
  if (accessKey !== '' || secretKey !== '') {
    return configuredKeys({ accessKey, secretKey, securityToken: own.securityToken?.reveal() ?? '' });
  }
  const local = new HttpClient({ proxy: 'none', maxResponse: LARGEST_METADATA });
  return agencyKeys(local, dependencies.metadataAddress ?? METADATA);
}

interface WantedProject {
  /** Empty when it has to be looked up. */
  readonly id: string;
  readonly iam: URL;
  readonly region: string;
}

async function projectOf(api: HuaweiApi, { id, iam, region }: WantedProject, signal: AbortSignal | undefined): Promise<string> {
  try {
    if (id === '') return await projectIdOf(api, iam, region, signal);
    // Keys that can't be had are told at the start.
    await api.ready(signal);
    return id;
  } catch (cause) {
    throw projectError(cause, region);
  }
}
