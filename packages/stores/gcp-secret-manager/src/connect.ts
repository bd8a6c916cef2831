import { type DriverDialect, type Logger, type Redacted, SecretStoreError } from '@coffer/core/driver';
import { HttpClient } from '@coffer/http-client';
import { isGiven, KEY_PROPERTIES, missingKeyPart } from './check-metadata.ts';
import { SecretManagerClient } from './client.ts';
import { unusable } from './credentials/failures.ts';
import { findCredentials, type NamedCredentials } from './credentials/find-credentials.ts';
import { renewedTokens } from './credentials/renewed-tokens.ts';
import { withLineEnds } from './credentials/service-account.ts';
import type { CredentialContext, Credentials } from './credentials/types.ts';
import { isLoopback, parseEndpoint, serviceAddress } from './endpoint.ts';
import type { GcpMetadata } from './metadata.ts';
import type { GcpDependencies } from './store.ts';

type Dialect = DriverDialect['gcpSecretManager'];

const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_UNIVERSE = 'googleapis.com';
/** Asked by address, not by name: a name could be answered by anybody's DNS. */
const METADATA_HOST = '169.254.169.254';
const PRODUCT_FILE = '/sys/class/dmi/id/product_name';
/** Bytes: a thousand names of a page, or a payload of 64 KiB in base64, with what comes with them. */
const LARGEST_ANSWER = 4 * 2 ** 20;
/** Bytes: a token and what is said about it. */
const LARGEST_METADATA = 2 ** 20;

/** A client with the component's credentials. Fails with `failed_precondition` or `invalid_argument`. */
export async function connect(
  metadata: GcpMetadata,
  dialect: Dialect,
  dependencies: GcpDependencies,
  logger: Logger,
  signal: AbortSignal | undefined,
): Promise<SecretManagerClient> {
  const { environment = process.env, tls = {}, productFile = PRODUCT_FILE, metadataHost = METADATA_HOST } = dependencies;
  const own: Partial<GcpMetadata> = dialect.ownSettings ? metadata : {};
  const universeDomain = own.universeDomain || environment.GOOGLE_CLOUD_UNIVERSE_DOMAIN || DEFAULT_UNIVERSE;
  const timeout = own.requestTimeout !== undefined && own.requestTimeout > 0 ? own.requestTimeout : DEFAULT_TIMEOUT;
  const http = new HttpClient({ environment, tls, timeout, maxResponse: LARGEST_ANSWER });
  const local = new HttpClient({ proxy: 'none', timeout, maxResponse: LARGEST_METADATA });
  const context: CredentialContext = {
    http,
    local,
    environment,
    metadataHost,
    productFile,
    universeDomain,
    trustedTokenHosts: own.trustedTokenHosts ?? [],
  };
  const address = dependencies.address ?? addressOf(own, universeDomain, logger);
  const named = namedCredentials(metadata, own, dialect);
  const found = own.withoutAuthentication ? undefined : await findCredentials(named, context, signal);
  if (found !== undefined) refuseOtherUniverse(found, universeDomain);
  return new SecretManagerClient({
    http,
    tokens: found === undefined ? undefined : renewedTokens(found.source, timeout),
    address,
    quotaProject: own.quotaProject || environment.GOOGLE_CLOUD_QUOTA_PROJECT || found?.quotaProject || '',
    timeout,
    verifyChecksums: dialect.checksum === 'verified',
  });
}

function addressOf(own: Partial<GcpMetadata>, universeDomain: string, logger: Logger): URL {
  const { endpoint = '', location = '' } = own;
  const address = endpoint === '' ? serviceAddress(universeDomain, location) : parseEndpoint(endpoint);
  if (address === undefined) throw new SecretStoreError('invalid_argument', 'endpoint is not an address');
  if (address.protocol === 'http:' && !isLoopback(address.hostname)) {
    logger.warn(`tokens and secrets travel to ${address.host} unencrypted: the endpoint is http`);
  }
  return address;
}

/** Credentials by settings. In the reference a key counts only if its id is there too. */
function namedCredentials(metadata: GcpMetadata, own: Partial<GcpMetadata>, dialect: Dialect): NamedCredentials {
  const [keyId, rawKey, email] = [text(metadata.privateKeyID), text(metadata.privateKey), metadata.clientEmail ?? ''];
  const isNamed = dialect.explicitCredentials === 'key_id' ? keyId !== '' : `${keyId}${rawKey}${email}` !== '';
  if (!isNamed) return { document: text(own.credentialsJSON) || undefined, file: own.credentialsFile || undefined };
  for (const [name, property] of KEY_PROPERTIES) {
    if (!isGiven(metadata, name)) throw missing(property);
  }
  if (metadata.type !== 'service_account') {
    throw unusable('type of the key is not service_account', 'for other credentials use credentialsJSON or credentialsFile');
  }
  return { key: { email, keyId, privateKey: dialect.escapedLineEnds === 'read' ? withLineEnds(rawKey) : rawKey } };
}

function missing(property: string): SecretStoreError {
  const hint = 'a key has type, private_key and client_email, as in its JSON file';
  return new SecretStoreError('failed_precondition', missingKeyPart(property), { hint });
}

function refuseOtherUniverse({ universeDomain: theirs }: Credentials, universeDomain: string): void {
  if (theirs === '' || theirs === universeDomain) return;
  throw unusable(`the credentials are of ${theirs}, the component is of ${universeDomain}`, `set universeDomain: ${theirs}`);
}

function text(value: Redacted<string> | undefined): string {
  return value?.reveal() ?? '';
}
