import { type CallOptions, isSecretStoreError, type Logger, osErrorCode, secretStoreErrorFrom } from '@coffer/core/driver';
import type { AuthApi } from './auth-api.ts';
import { isRefusal, LoginError } from './errors.ts';
import { fingerprintOf, type LoginMethod } from './method.ts';

/** Keys that sign requests. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A request that is not sent to AWS by us: the server does that, to learn who signed it. */
export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What of `@coffer/aws-client` is used. */
export interface AwsClient {
  credentialsFor(settings: object, options: { readonly region: string; readonly logger?: Logger }): AwsKeySource;
  callerIdentityRequest(
    options: { region: string; endpoint?: string | undefined; headers?: Readonly<Record<string, string>> },
    keys: AwsKeys,
  ): Promise<SignedRequest>;
}
export interface AwsKeySource {
  get(): Promise<AwsKeys>;
  /** Forgets keys that were refused. */
  refuse(keys: AwsKeys): void;
}

export interface AwsLogin {
  /** The role that has the name of the IAM principal when absent. */
  readonly role: string | undefined;
  /** Region of the STS endpoint; the global one when absent. */
  readonly region: string | undefined;
  /** Signed along, so that the request is good for one server only. */
  readonly serverId: string | undefined;
  readonly logger: Logger;
  readonly load?: () => Promise<AwsClient>;
}

const PACKAGE = '@coffer/aws-client';
const GLOBAL_REGION = 'us-east-1';
const GLOBAL_ENDPOINT = 'https://sts.amazonaws.com/';
const HINT =
  'check vaultRole and its bound_iam_principal_arn, vaultAwsServerId, and that vaultAwsRegion is that of the sts_endpoint of the auth method';

/** AWS IAM: a signed request with which the server asks AWS who this is. The keys are those of the default chain. */
export function awsLogin(api: AuthApi, { role, region, serverId, logger, load = loadAwsClient }: AwsLogin): LoginMethod {
  const sts = region ? { region } : { region: GLOBAL_REGION, endpoint: GLOBAL_ENDPOINT };
  const headers = serverId ? { headers: { 'x-vault-aws-iam-server-id': serverId } } : {};
  let source: Promise<{ readonly client: AwsClient; readonly keys: AwsKeySource }> | undefined;
  const open = async () => {
    const client = await load();
    return { client, keys: client.credentialsFor({}, { region: sts.region, logger }) };
  };
  return {
    isRepeatable: true,
    isRevoked: true,
    async prepare({ signal }) {
      source ??= open();
      source.catch(() => {
        source = undefined;
      });
      const { client, keys: chain } = await source;
      const keys = await keysOf(chain, { signal });
      return {
        fingerprint: fingerprintOf(role, keys.accessKeyId, keys.sessionToken),
        async send(options) {
          const request = await client.callerIdentityRequest({ ...sts, ...headers }, keys);
          const body = { ...iamFields(request), ...(role ? { role } : {}) };
          const { authorization = '', 'x-amz-security-token': sessionToken = '' } = request.headers;
          const secrets = [authorization, sessionToken];
          try {
            return await api.logIn({ path: ['login'], body, secrets, hint: HINT }, options);
          } catch (cause) {
            // Temporary keys may have been revoked.
            if (isSecretStoreError(cause) && isRefusal(cause)) chain.refuse(keys);
            throw cause;
          }
        },
      };
    },
  };
}

function iamFields({ method, url, headers, body }: SignedRequest): Record<string, string> {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return {
    iam_http_request_method: method,
    iam_request_url: base64(url.href),
    iam_request_headers: base64(JSON.stringify(headers)),
    iam_request_body: base64(body),
  };
}

/** What the SDK says about its chain may quote a file of credentials: only the cause has it. */
async function keysOf(chain: AwsKeySource, { signal }: CallOptions): Promise<AwsKeys> {
  try {
    return await chain.get();
  } catch (cause) {
    if (signal?.aborted) throw secretStoreErrorFrom(cause);
    const hint = 'give AWS credentials: environment, profile, web identity, container or instance';
    throw new LoginError('unauthenticated', 'the default chain of AWS has no credentials', { hint, cause });
  }
}

/** It brings the AWS SDK with it, so it is there only for those who log in with AWS. */
async function loadAwsClient(): Promise<AwsClient> {
  try {
    return await import('@coffer/aws-client');
  } catch (cause) {
    if (osErrorCode(cause) !== 'ERR_MODULE_NOT_FOUND' || !String(cause).includes(`'${PACKAGE}'`)) throw cause;
    const detail = `vaultAuthMethod: aws needs the package ${PACKAGE}`;
    throw new LoginError('failed_precondition', detail, { hint: `pnpm add ${PACKAGE}`, cause });
  }
}
