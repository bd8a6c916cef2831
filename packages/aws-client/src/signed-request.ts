import { createHash } from 'node:crypto';
import type { AwsCredentials } from './credentials-cache.ts';

export interface RequestToSign {
  /** As AWS names it in signatures: `sts`. */
  readonly service: string;
  readonly region: string;
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  /** With `host` and `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request with a signature version 4, to be sent as it is within minutes. */
export async function signedRequest(request: RequestToSign, credentials: AwsCredentials): Promise<SignedRequest> {
  const { service, region, method, url, headers = {}, body = '' } = request;
  const [{ SignatureV4 }, { Hash }] = await Promise.all([import('@smithy/signature-v4'), import('@smithy/core/serde')]);
  const signer = new SignatureV4({ service, region, credentials, sha256: Hash.bind(null, 'sha256') });
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host, ...headers },
    body,
  });
  return { method, url, headers: signed.headers, body };
}

/** The request with which STS tells who signed it. Vault and others send it on to learn that; `headers` are signed along. */
export function callerIdentityRequest(
  {
    region,
    endpoint,
    headers = {},
  }: { region: string; endpoint?: string | undefined; headers?: Readonly<Record<string, string>> },
  credentials: AwsCredentials,
): Promise<SignedRequest> {
  return signedRequest(
    {
      service: 'sts',
      region,
      method: 'POST',
      url: new URL(endpoint || `https://sts.${region}.${domainOf(region)}/`),
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', ...headers },
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
    },
    credentials,
  );
}

/** Under which domain the services of a region are. */
export function domainOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
