import type { MetadataProblem } from '@coffer/core/driver';
import { type BodyTemplate, bodyTemplateOf } from './body-template.ts';
import { checkPrefixed } from './check-prefixed.ts';
import { isForbiddenHost, isLoopback } from './hosts.ts';
import type { HttpMetadata } from './metadata.ts';
import { TemplateError } from './placeholder.ts';
import { sortPrefixed } from './prefixed.ts';
import { type UrlTemplate, urlTemplateOf } from './url-template.ts';

/** What is wrong with the settings taken together. Of secrets only shape is looked at: whether they are empty or break lines. */
export function check(metadata: HttpMetadata): readonly MetadataProblem[] {
  const templates = templatesOf(metadata);
  return [
    ...templates.problems,
    ...requests(metadata, templates),
    ...credentials(metadata),
    ...paths(metadata),
    ...lists(metadata),
    ...limits(metadata),
    ...checkPrefixed(sortPrefixed(metadata.prefixed.reveal()), metadata, placeholdersOf(templates)),
  ];
}

function error(name: string, message: string, hint: string): MetadataProblem {
  return { severity: 'error', name, message, hint };
}

/** The templates that can be read, and what is wrong with the others. */
interface Templates {
  readonly url: UrlTemplate | undefined;
  readonly body: BodyTemplate | undefined;
  readonly listUrl: UrlTemplate | undefined;
  readonly pingUrl: UrlTemplate | undefined;
  readonly problems: readonly MetadataProblem[];
}

function templatesOf({ url, body, listUrl, pingUrl }: HttpMetadata): Templates {
  const problems: MetadataProblem[] = [];
  const read = <Template>(name: string, text: string | undefined, parse: (text: string) => Template): Template | undefined => {
    if (text === undefined || text === '') return undefined;
    try {
      return parse(text);
    } catch (cause) {
      if (!(cause instanceof TemplateError)) throw cause;
      problems.push(error(name, `setting ${name} ${cause.message}`, cause.hint));
      return undefined;
    }
  };
  return {
    url: read('url', url, urlTemplateOf),
    body: read('body', body, bodyTemplateOf),
    listUrl: read('listUrl', listUrl, urlTemplateOf),
    pingUrl: read('pingUrl', pingUrl, urlTemplateOf),
    problems,
  };
}

/** What requests fill in; undefined when that can't be told. */
function placeholdersOf({ url, body, listUrl, problems }: Templates): ReadonlySet<string> | undefined {
  if (problems.length > 0) return undefined;
  return new Set([url, body, listUrl].flatMap((template) => [...(template?.variables ?? [])]));
}

function requests(metadata: HttpMetadata, { url, body, listUrl, pingUrl, problems: unread }: Templates): MetadataProblem[] {
  const problems = url === undefined ? [] : places(metadata, url);
  if (unread.length === 0 && !url?.variables.has('name') && !body?.variables.has('name')) {
    problems.push(error('url', 'setting url has no place for the name of the secret', 'write {name} in url or in body'));
  }
  const hasBody = (metadata.body ?? '') !== '';
  if (metadata.method === 'GET' && hasBody) {
    problems.push(error('body', 'a GET has no body', 'set method to POST, or remove body'));
  }
  if (metadata.method === 'POST' && !hasBody) {
    problems.push(error('body', 'setting body is required by a POST', 'such as {"secret": "{name}"}'));
  }
  for (const [name, template] of Object.entries({ listUrl, pingUrl })) {
    if (template === undefined || url === undefined || template.origin === url.origin) continue;
    const hint = 'credentials go to one place only: use the scheme, host and port of url';
    problems.push(error(name, `setting ${name} is at another place than url`, hint));
  }
  if (listUrl?.variables.has('name')) {
    const hint = 'a list is about no secret: write an address without {name}';
    problems.push(error('listUrl', 'setting listUrl has a place for a name', hint));
  }
  if (pingUrl !== undefined && pingUrl.variables.size > 0) {
    const hint = 'a ping is about no secret: write an address without';
    problems.push(error('pingUrl', 'setting pingUrl has a placeholder', hint));
  }
  return problems;
}

/** Whether secrets may be asked for there. */
function places(
  { allowHttp, allowLinkLocal, tlsServerName, ca, clientCert }: HttpMetadata,
  template: UrlTemplate,
): MetadataProblem[] {
  const { origin, hostname } = template;
  const problems: MetadataProblem[] = [];
  if (origin.startsWith('http:') && !allowHttp && !isLoopback(hostname)) {
    const message = 'setting url is http, which shows credentials and secrets to the network';
    problems.push(error('url', message, 'use https, or set allowHttp: true'));
  }
  if (isForbiddenHost(hostname) && !allowLinkLocal) {
    const message = 'setting url leads to where clouds give credentials to machines';
    problems.push(error('url', message, 'use the address of the service, or set allowLinkLocal: true'));
  }
  const tls = Object.entries({ ca, clientCert, tlsServerName }).find(([, value]) => (value ?? '') !== '');
  if (origin.startsWith('http:') && tls !== undefined) {
    problems.push(error(tls[0], `setting ${tls[0]} is about https, and url is http`, 'use https, or remove it'));
  }
  return problems;
}

function credentials({ token, username = '', password, clientCert = '', clientKey }: HttpMetadata): MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  for (const [name, value] of Object.entries({ token, password, clientKey })) {
    if (value?.reveal().trim() === '') problems.push(error(name, `setting ${name} is empty`, 'give it a value, or remove it'));
  }
  if (/[\p{Cc}]/u.test(token?.reveal().trim() ?? '')) {
    problems.push(error('token', 'setting token has a line break or another control character', 'give the token alone'));
  }
  if (token !== undefined && username !== '') {
    problems.push(error('username', 'token and username are two ways to log in', 'keep one of them'));
  }
  const missing = (name: string, other: string) => error(name, `setting ${name} is missing beside ${other}`, 'set both');
  if (username !== '' && password === undefined) problems.push(missing('password', 'username'));
  if (username === '' && password !== undefined) problems.push(missing('username', 'password'));
  if (username.includes(':')) problems.push(error('username', 'setting username has a colon', 'Basic can send no colon in it'));
  if (clientCert !== '' && clientKey === undefined) problems.push(missing('clientKey', 'clientCert'));
  if (clientCert === '' && clientKey !== undefined) problems.push(missing('clientCert', 'clientKey'));
  return problems;
}

const PATHS = ['valuePath', 'valuesPath', 'keyPath', 'versionPath', 'expiryPath', 'listPath', 'nextPath'] as const;

/** Which paths there are. Their grammar is looked at by `init`, which has the parser. */
function paths(metadata: HttpMetadata): MetadataProblem[] {
  const { valuePath = '', valuesPath = '', keyPath = '' } = metadata;
  const problems = PATHS.filter((name) => !/^\$|^$/.test(metadata[name] ?? '')).map((name) =>
    error(name, `setting ${name} is no JSONPath`, 'a JSONPath begins with $, such as $.data.value'),
  );
  if (valuePath === '' && valuesPath === '') {
    const hint = 'set valuePath, such as $.data.value, or valuesPath for secrets with several keys';
    problems.push(error('valuePath', 'setting valuePath is required', hint));
  } else if (keyPath !== '' && (valuePath === '' || valuesPath === '')) {
    const hint = 'valuesPath finds the parts, and keyPath and valuePath the key and the value in each';
    problems.push(error('keyPath', 'setting keyPath needs valuesPath and valuePath beside it', hint));
  } else if (keyPath === '' && valuePath !== '' && valuesPath !== '') {
    const hint = 'keep one of them, or set keyPath too';
    problems.push(error('valuesPath', 'valuePath and valuesPath are two places for the value', hint));
  }
  return problems;
}

function lists(metadata: HttpMetadata): MetadataProblem[] {
  const { listUrl = '', listPath = '', nextPath = '', nextParameter = '', followLinks } = metadata;
  const problems: MetadataProblem[] = [];
  if (listUrl !== '' && listPath === '') {
    problems.push(error('listPath', 'setting listPath is missing beside listUrl', 'such as $.items[*].name'));
  }
  const given = { listPath: listPath !== '', nextPath: nextPath !== '', nextParameter: nextParameter !== '', followLinks };
  for (const [name, isGiven] of Object.entries(given)) {
    if (isGiven && listUrl === '')
      problems.push(error(name, `setting ${name} needs listUrl beside it`, 'set listUrl, or remove it'));
  }
  if (nextParameter !== '' && nextPath === '') {
    problems.push(error('nextParameter', 'setting nextParameter needs nextPath beside it', 'nextPath finds what it is to hold'));
  }
  if (followLinks && nextPath !== '') {
    problems.push(error('followLinks', 'followLinks and nextPath are two ways to the next page', 'keep one of them'));
  }
  return problems;
}

const LISTS = [
  ['notFoundStatuses', /^[1-5]\d\d$/, 'statuses', '404,410'],
  ['deniedStatuses', /^[1-5]\d\d$/, 'statuses', '403'],
  ['contentTypes', /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/, 'media types', 'application/json,text/plain'],
] as const;

function limits(metadata: HttpMetadata): MetadataProblem[] {
  const { requestTimeout, maxResponse, notFoundStatuses, deniedStatuses, tokenScheme } = metadata;
  const problems = LISTS.flatMap(([name, shape, what, example]) =>
    metadata[name].every((item) => shape.test(item.trim()) || item === '')
      ? []
      : [error(name, `setting ${name} is no list of ${what}`, `such as ${example}`)],
  );
  if (notFoundStatuses.some((status) => status.trim() !== '' && deniedStatuses.includes(status))) {
    problems.push(
      error('deniedStatuses', 'a status is both in notFoundStatuses and in deniedStatuses', 'keep it in one of them'),
    );
  }
  const success = [...notFoundStatuses, ...deniedStatuses].some((status) => /^\s*2/.test(status));
  if (success) problems.push(error('notFoundStatuses', 'a status of success is no failure', 'see withoutValue'));
  if (!/^[\w!#$%&'*+.^`|~-]*$/.test(tokenScheme)) {
    problems.push(error('tokenScheme', 'setting tokenScheme is no word', 'such as Bearer or Token; empty for the token alone'));
  }
  // Node's timers hold no more.
  if (requestTimeout <= 0 || requestTimeout > 2 ** 31 - 1) {
    problems.push(error('requestTimeout', 'setting requestTimeout is no time limit', 'such as 30s'));
  }
  if (!(maxResponse >= 1)) problems.push(error('maxResponse', 'setting maxResponse is no size', 'such as 4Mi'));
  return problems;
}
