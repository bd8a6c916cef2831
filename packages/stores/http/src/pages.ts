import type { CallOptions } from '@coffer/core/driver';
import type { JsonDocument } from './json-document.ts';
import type { JsonPath } from './json-path.ts';
import { withParameter } from './query.ts';
import type { Service, ServiceAnswer } from './service.ts';
import { UnreadableAnswer } from './unreadable-answer.ts';

/** How a list of names is read. */
export interface ListPaths {
  readonly names: JsonPath;
  /** Finds the next page: its address, or what `nextParameter` is to hold. */
  readonly next: JsonPath | undefined;
  /** Empty when `next` finds an address. */
  readonly nextParameter: string;
  /** Whether the header Link has the address of the next page. */
  readonly followsLinks: boolean;
}

/** No list is that long: the service makes up pages. */
const MOST_PAGES = 10_000;

/** Names, page by page. Fails as the service does, and with `UnreadableAnswer` when a page leads back or elsewhere. */
export async function* pagesOf(
  service: Service,
  first: URL,
  paths: ListPaths,
  options: CallOptions,
): AsyncGenerator<readonly string[]> {
  const seen = new Set<string>();
  for (let url: URL | undefined = first; url !== undefined; ) {
    if (seen.has(url.href)) throw new UnreadableAnswer('misread', 'the same page came twice', paths.next?.setting);
    if (seen.size >= MOST_PAGES) throw new UnreadableAnswer('misread', `there are more than ${MOST_PAGES} pages`);
    seen.add(url.href);
    const answer = await service.ask({ url }, options);
    if (answer.document !== undefined) yield namesOf(answer.document, paths.names);
    url = nextOf(answer, url, paths);
  }
}

function namesOf(document: JsonDocument, path: JsonPath): readonly string[] {
  return document.find(path).map((node) => {
    // As it is: a byte that is no UTF-8 is a lone surrogate, and is asked for as that byte.
    if (typeof node.value === 'string') return node.value;
    if (typeof node.value === 'number') return document.textOf(node);
    throw new UnreadableAnswer('misread', `${path.setting} finds what is no name`, path.setting);
  });
}

function nextOf({ headers, document }: ServiceAnswer, from: URL, paths: ListPaths): URL | undefined {
  const { next, nextParameter, followsLinks } = paths;
  if (followsLinks) return addressOf(linkOf(headers.link), from, 'followLinks');
  const node = next && document?.findOne(next);
  if (next === undefined || node === undefined || document === undefined || node.value === false) return undefined;
  if (typeof node.value === 'object') throw new UnreadableAnswer('misread', `${next.setting} finds no text`, next.setting);
  const text = document.textOf(node);
  if (nextParameter === '') return addressOf(text, from, next.setting);
  return text === '' ? undefined : withParameter(from, nextParameter, text);
}

/** Another address at the same place; undefined for an empty one. Credentials go nowhere else. */
function addressOf(text: string, from: URL, setting: string): URL | undefined {
  if (text === '') return undefined;
  const url = URL.canParse(text, from.href) ? new URL(text, from) : undefined;
  if (url === undefined) throw new UnreadableAnswer('misread', 'the address of the next page is none', setting);
  if (url.origin !== from.origin || url.username !== '' || url.password !== '') {
    throw new UnreadableAnswer('misread', 'the next page is at another place', setting);
  }
  url.hash = '';
  return url;
}

const QUOTED = /"(?:[^"\\]|\\.)*"/.source;
const PARAMETER = new RegExp(`;\\s*([^\\s=;,]+)(?:\\s*=\\s*(${QUOTED}|[^\\s";,]*))?`, 'g');
const LINK = new RegExp(`<([^<>]*)>((?:\\s*${PARAMETER.source})*)`, 'g');

/** The address that a header Link (RFC 8288) has for `next`; empty when it has none. */
function linkOf(header: string | string[] | undefined): string {
  const text = Array.isArray(header) ? header.join(', ') : (header ?? '');
  for (const [, address = '', parameters = ''] of text.matchAll(LINK)) {
    const [, , relations = ''] = [...parameters.matchAll(PARAMETER)].find(([, name]) => name?.toLowerCase() === 'rel') ?? [];
    if (relations.replaceAll('"', '').toLowerCase().split(/\s+/).includes('next')) return address;
  }
  return '';
}
