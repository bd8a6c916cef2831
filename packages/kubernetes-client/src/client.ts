import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff, readBody, startDeadline } from '@coffer/http-client';
import type { Cluster } from './connection/cluster.ts';
import { type FindOptions, findCluster } from './connection/find-cluster.ts';
import { isRetryable, KubernetesError } from './errors.ts';
import { readLines } from './http/lines.ts';
import { Transport } from './http/transport.ts';
import { pathOf, type ResourceList, type ResourceName, ruleFor } from './resource.ts';
import { failureOf, failureOfEvent } from './status.ts';
import type { CallOptions, KubernetesObject, ListOptions, ObjectMetadata, Page, WatchEvent, WatchOptions } from './types.ts';

export interface ClientOptions {
  /** Milliseconds for one request, retries included; 30,000 by default. */
  readonly requestTimeout?: number;
  /** Bytes of one answer; 16 MiB by default. A page that is larger is asked for again in eighths. */
  readonly maxResponse?: number;
  /** Objects of one page; 500 by default. */
  readonly pageSize?: number;
  /** For the proxy variables; `process.env` by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Retries of a throttled request, as long as the time limit allows. */
const MOST_RETRIES = 4;
/** How often a list whose token expires is begun anew. */
const MOST_RESTARTS = 3;
/** Milliseconds that a watch may outlive the time that was asked for. */
const WATCH_GRACE = 10_000;
const LONGEST_LINE = 8 * 2 ** 20;
/** An object has a few MiB at most: pages of 500, 63 and 8 objects, and no more is taken in vain. */
const EIGHTHS = 8;

/** Connects by the rules of `findCluster`; nothing is sent yet. Fails with `KubernetesError` of reason `configuration`. */
export async function connectKubernetes(options: FindOptions & ClientOptions = {}): Promise<KubernetesClient> {
  return new KubernetesClient(await findCluster(options), options);
}

/** Reads of one API server. Every method fails with `KubernetesError` and honours `signal` down to the socket. */
export class KubernetesClient {
  /** Namespace of the service account or of the kubeconfig's context. */
  readonly namespace: string | undefined;
  readonly #transport: Transport;
  readonly #requestTimeout: number;
  readonly #maxResponse: number;
  readonly #pageSize: number;

  constructor(cluster: Cluster, options: ClientOptions = {}) {
    this.namespace = cluster.namespace;
    this.#transport = new Transport(cluster, options.environment ?? process.env);
    this.#requestTimeout = options.requestTimeout ?? 30_000;
    this.#maxResponse = options.maxResponse ?? 16 * 2 ** 20;
    this.#pageSize = options.pageSize ?? 500;
  }

  async get(resource: ResourceName, options: CallOptions = {}): Promise<KubernetesObject> {
    const value = await this.#json(pathOf(resource), JSON_ONLY, ruleFor('get', resource), options);
    if (isObject(value)) return value;
    throw new KubernetesError('unreadable', 'the answer is no object');
  }

  /**
   * A list, page by page. A token that expires on the way is replaced by the one that the server offers: the rest is then of a
   * later moment. Of a resource with a name only that one.
   */
  pages(resource: ResourceList | ResourceName, options: ListOptions = {}): AsyncGenerator<Page> {
    return this.#pages(resource, options, 'later');
  }

  /** A whole list as it is at one moment. */
  async list(resource: ResourceList | ResourceName, options: ListOptions = {}): Promise<Page> {
    for (let restarts = 0; ; restarts++) {
      try {
        const items: KubernetesObject[] = [];
        let resourceVersion = '';
        for await (const page of this.#pages(resource, options, 'same')) {
          items.push(...page.items);
          resourceVersion ||= page.resourceVersion;
        }
        return { items, resourceVersion };
      } catch (cause) {
        if (!(cause instanceof KubernetesError) || cause.reason !== 'gone' || restarts === MOST_RESTARTS) throw cause;
      }
    }
  }

  /** Changes as they come, until the server ends the watch. Fails with `gone` when the resource version is too old. */
  async *watch(resource: ResourceList | ResourceName, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const { resourceVersion, seconds, signal, parse = JSON.parse } = options;
    const rule = ruleFor('watch', resource);
    const query = { watch: '1', allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds: String(seconds) };
    const path = listPath(resource, options, query);
    const deadline = startDeadline(signal, this.#requestTimeout);
    let response: IncomingMessage | undefined;
    try {
      response = await this.#transport.watch(path, acceptOf(options, 'PartialObjectMetadata'), deadline);
      if (response.statusCode !== 200) throw await this.#failure(response, rule);
      options.onOpen?.();
      deadline.extend(seconds * 1000 + WATCH_GRACE);
      for await (const line of readLines(response, LONGEST_LINE)) yield eventOf(line, parse, rule);
    } catch (cause) {
      throw this.#transport.failure(path, cause, deadline);
    } finally {
      deadline.clear();
      response?.destroy();
    }
  }

  /** Succeeds when the server answers and accepts the credentials; no right is needed for it. */
  async ping({ signal }: CallOptions = {}): Promise<void> {
    const deadline = startDeadline(signal, this.#requestTimeout);
    try {
      const response = await this.#transport.read('/readyz', '*/*', deadline);
      // Refused, and so known: some clusters take this right away from service accounts.
      if (response.statusCode === 403) response.resume();
      else if (response.statusCode !== 200) throw await this.#failure(response, '');
      else await readBody(response, LONGEST_STATUS);
    } catch (cause) {
      throw this.#transport.failure('/readyz', cause, deadline);
    } finally {
      deadline.clear();
    }
  }

  /** Ends idle connections. */
  close(): void {
    this.#transport.close();
  }

  async *#pages(
    resource: ResourceList | ResourceName,
    options: ListOptions,
    afterExpiry: 'same' | 'later',
  ): AsyncGenerator<Page> {
    let limit = this.#pageSize;
    let token = '';
    for (;;) {
      let list: List;
      try {
        const query = { limit: String(limit), ...(token === '' ? {} : { continue: token }) };
        const path = listPath(resource, options, query);
        const accept = acceptOf(options, 'PartialObjectMetadataList');
        list = listOf(await this.#json(path, accept, ruleFor('list', resource), options));
      } catch (cause) {
        if (!(cause instanceof KubernetesError)) throw cause;
        if (cause.reason === 'too_large' && cause.status === undefined && limit > 1) limit = Math.ceil(limit / EIGHTHS);
        else if (cause.reason === 'gone' && afterExpiry === 'later' && cause.continueToken !== undefined)
          token = cause.continueToken;
        else throw cause;
        continue;
      }
      const { next, ...page } = list;
      yield page;
      if (next === '') return;
      if (next === token) throw new KubernetesError('unreadable', 'the list does not go on: its continue token repeats');
      token = next;
    }
  }

  /** One answer as a value. Throttled requests, and those that the server says to repeat, are repeated within the time limit. */
  async #json(path: string, accept: string, rule: string, { signal, parse = JSON.parse }: CallOptions): Promise<unknown> {
    const deadline = startDeadline(signal, this.#requestTimeout);
    const backoff = new Backoff();
    try {
      for (let retries = 0; ; retries++) {
        const response = await this.#transport.read(path, accept, deadline);
        if (response.statusCode === 200) return parse((await readBody(response, this.#maxResponse)).toString('utf8'));
        const failure = await this.#failure(response, rule);
        // Of other failures only the server knows whether another try is welcome.
        const wait = failure.retryAfter ?? (failure.reason === 'throttled' ? backoff.pause() : undefined);
        if (!isRetryable(failure) || wait === undefined || wait > deadline.left() || retries === MOST_RETRIES) throw failure;
        await sleep(wait, undefined, { signal: deadline.signal });
      }
    } catch (cause) {
      if (cause instanceof SyntaxError) throw new KubernetesError('unreadable', 'the answer is not JSON', { cause });
      throw this.#transport.failure(path, cause, deadline);
    } finally {
      deadline.clear();
    }
  }

  async #failure(response: IncomingMessage, rule: string): Promise<KubernetesError> {
    const { statusCode: status = 0, headers } = response;
    return failureOf(
      { status, retryAfter: headers['retry-after'], text: (await readBody(response, LONGEST_STATUS)).toString('utf8') },
      rule,
    );
  }
}

type List = Page & { readonly next: string };
const JSON_ONLY = 'application/json';
const LONGEST_STATUS = 2 ** 20;

function acceptOf({ metadataOnly }: ListOptions, as: string): string {
  return metadataOnly === true ? `application/json;as=${as};g=meta.k8s.io;v=v1` : JSON_ONLY;
}

/** The list that a resource belongs to; with a name the list of that one, which the rules of RBAC know as the same right. */
function listPath(resource: ResourceList | ResourceName, options: ListOptions, more: Readonly<Record<string, string>>): string {
  const { group, version, namespace, resource: kind } = resource;
  const list = {
    version,
    resource: kind,
    ...(group === undefined ? {} : { group }),
    ...(namespace === undefined ? {} : { namespace }),
  };
  const query = new URLSearchParams(more);
  const fields = [options.fieldSelector, 'name' in resource ? `metadata.name=${resource.name}` : undefined];
  const fieldSelector = fields.filter((field) => field !== undefined && field !== '').join(',');
  if (fieldSelector !== '') query.set('fieldSelector', fieldSelector);
  if (options.labelSelector) query.set('labelSelector', options.labelSelector);
  return `${pathOf(list)}?${query}`;
}

function listOf(value: unknown): List {
  const { metadata, items } = (value ?? {}) as { metadata?: { resourceVersion?: unknown; continue?: unknown }; items?: unknown };
  // An empty list may be null.
  const objects = items ?? [];
  if (!Array.isArray(objects) || !objects.every(isObject)) throw new KubernetesError('unreadable', 'the answer is no list');
  const text = (member: unknown): string => (typeof member === 'string' ? member : '');
  return { items: objects, resourceVersion: text(metadata?.resourceVersion), next: text(metadata?.continue) };
}

const EVENT_TYPES: ReadonlySet<unknown> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

function eventOf(line: string, parse: (text: string) => unknown, rule: string): WatchEvent {
  let event: { type?: unknown; object?: unknown };
  try {
    event = (parse(line) ?? {}) as { type?: unknown; object?: unknown };
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new KubernetesError('unreadable', 'a line of the watch is not JSON', { cause });
    throw cause;
  }
  const { type, object } = event;
  // The caller's parser may keep numbers as something else.
  if (type === 'ERROR') throw failureOfEvent(JSON.parse(line).object, rule);
  if (EVENT_TYPES.has(type) && (type === 'BOOKMARK' || isObject(object))) return { type, object } as WatchEvent;
  throw new KubernetesError('unreadable', 'a line of the watch is no event');
}

function isObject(value: unknown): value is KubernetesObject {
  const { metadata } = (value ?? {}) as { metadata?: Partial<ObjectMetadata> };
  return typeof metadata === 'object' && metadata !== null && typeof metadata.name === 'string';
}
