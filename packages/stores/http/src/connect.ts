import type { Logger } from '@coffer/core/driver';
import { FollowedTls, HttpClient } from '@coffer/http-client';
import type { SecretPaths } from './answer.ts';
import { type BodyTemplate, bodyTemplateOf } from './body-template.ts';
import type { StatusMeanings } from './errors.ts';
import { guardLookup, type Resolve } from './guarded-lookup.ts';
import { headersOf } from './headers.ts';
import { isLoopback } from './hosts.ts';
import type { HttpMetadata } from './metadata.ts';
import type { ListPaths } from './pages.ts';
import { sortPrefixed } from './prefixed.ts';
import { requestUrl } from './request-url.ts';
import { Service } from './service.ts';
import { hasTlsFiles, readTls } from './tls.ts';
import { type UrlTemplate, urlTemplateOf } from './url-template.ts';

/** What a store finds around it; a test gives its own. */
export interface HttpDependencies {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds, from any moment on. */
  readonly now?: () => number;
  /** Finds the addresses of names; the operating system by default. */
  readonly resolve?: Resolve;
}

/** A component's settings, ready for use. */
export interface Open {
  readonly service: Service;
  readonly logger: Logger;
  readonly template: UrlTemplate;
  readonly body: BodyTemplate | undefined;
  readonly paths: SecretPaths;
  readonly list: (ListPaths & { readonly template: UrlTemplate }) | undefined;
  readonly ping: URL | undefined;
  /** Request metadata that stands in for what a request does not give. */
  readonly defaults: ReadonlyMap<string, string>;
  readonly meanings: StatusMeanings;
  readonly withoutValue: HttpMetadata['withoutValue'];
}

/** Fails with `invalid_argument` for a path that is none, with `failed_precondition` for certificates. Nothing is sent. */
export async function connect(metadata: HttpMetadata, dependencies: HttpDependencies, logger: Logger): Promise<Open> {
  const { url, method, body = '', listUrl = '', pingUrl = '', nextParameter = '' } = metadata;
  const { jsonPathOf } = await import('./json-path.ts');
  const path = (setting: PathSetting) => (metadata[setting] ? jsonPathOf(setting, metadata[setting]) : undefined);
  const template = urlTemplateOf(url);
  const [names, next] = [path('listPath'), path('nextPath')];
  const paging = { next, nextParameter, followsLinks: metadata.followLinks };
  const opened: Omit<Open, 'service'> = {
    logger,
    template,
    body: method === 'POST' ? bodyTemplateOf(body) : undefined,
    paths: {
      value: path('valuePath'),
      values: path('valuesPath'),
      key: path('keyPath'),
      version: path('versionPath'),
      expiry: path('expiryPath'),
      encoding: metadata.valueEncoding,
    },
    list: listUrl === '' || names === undefined ? undefined : { template: urlTemplateOf(listUrl), names, ...paging },
    ping: pingUrl === '' ? undefined : requestUrl(urlTemplateOf(pingUrl), () => undefined),
    defaults: new Map(sortPrefixed(metadata.prefixed.reveal()).default.map(({ name, value }) => [name, value])),
    meanings: { notFound: numbersOf(metadata.notFoundStatuses), denied: numbersOf(metadata.deniedStatuses) },
    withoutValue: metadata.withoutValue,
  };
  const service = await serviceOf(metadata, dependencies, logger);
  if (template.origin.startsWith('http:')) tellOfHttp(template, logger);
  return { ...opened, service };
}

type PathSetting = 'valuePath' | 'valuesPath' | 'keyPath' | 'versionPath' | 'expiryPath' | 'listPath' | 'nextPath';

async function serviceOf(
  metadata: HttpMetadata,
  { environment = process.env, now = () => performance.now(), resolve }: HttpDependencies,
  logger: Logger,
): Promise<Service> {
  const { requestTimeout, maxResponse, contentTypes, allowLinkLocal, prefixed } = metadata;
  const read = () => readTls(metadata);
  const tls = await read();
  const http = new HttpClient({ tls, environment, ...(allowLinkLocal ? {} : { lookup: guardLookup(resolve) }) });
  const followed = new FollowedTls({ http, read, logger, now });
  return new Service({
    http,
    headers: headersOf(metadata),
    query: sortPrefixed(prefixed.reveal()).query.map(({ name, value }) => [name, value]),
    timeout: requestTimeout,
    maxResponse,
    contentTypes: new Set(contentTypes.map((type) => type.trim().toLowerCase())),
    ...(hasTlsFiles(metadata) ? { prepare: () => followed.follow() } : {}),
  });
}

function numbersOf(statuses: readonly string[]): ReadonlySet<number> {
  return new Set(statuses.filter((status) => status !== '').map(Number));
}

function tellOfHttp({ origin, hostname }: UrlTemplate, logger: Logger): void {
  if (isLoopback(hostname)) logger.info(`secrets of ${origin} come unencrypted, from this machine only`);
  else
    logger.warn(
      `allowHttp is true: credentials and secrets of ${origin} travel unencrypted, and anybody in between can read them`,
    );
}
