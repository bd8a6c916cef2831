import {
  type CallOptions,
  Feature,
  type GetRequest,
  type InitContext,
  type ListRequest,
  type RequestMetadata,
  type SecretData,
  type SecretStore,
  SecretStoreError,
  throwIfAborted,
} from '@coffer/core/driver';
import { secretOf } from './answer.ts';
import { filledBody } from './body-template.ts';
import { connect, type HttpDependencies, type Open } from './connect.ts';
import { type CallContext, storeError } from './errors.ts';
import { guardedValue } from './guarded-value.ts';
import type { HttpMetadata } from './metadata.ts';
import { pagesOf } from './pages.ts';
import type { Values } from './placeholder.ts';
import { requestUrl } from './request-url.ts';
import type { ServiceAnswer } from './service.ts';

/** Secrets of a service, asked for on every call. */
export class HttpStore implements SecretStore<HttpMetadata> {
  readonly #dependencies: HttpDependencies;
  #open: Open | undefined;
  /** An empty list is told of once. */
  #hasToldOfEmptyList = false;

  constructor(dependencies: HttpDependencies = {}) {
    this.#dependencies = dependencies;
  }

  /** Reads certificates and compiles paths; the service is not asked. */
  async init({ metadata, logger }: InitContext<HttpMetadata>, { signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    this.#open = await connect(metadata, this.#dependencies, logger);
  }

  async get({ name, metadata }: GetRequest, { signal }: CallOptions = {}): Promise<SecretData> {
    const { paths, withoutValue } = this.#opened();
    return await this.#told({ operation: 'get', name }, async () => {
      const { document } = await this.#ask(name, metadata, { signal });
      const secret = document && secretOf(document, name, paths);
      if (secret !== undefined) return secret;
      const setting = paths.values?.setting ?? paths.value?.setting ?? 'valuePath';
      const detail = `couldn't read secret ${name}: the answer has no value`;
      const hint = `check ${setting}; if this is how the service says that there is no such secret, set withoutValue: not_found`;
      throw withoutValue === 'not_found'
        ? new SecretStoreError('not_found', detail, { operation: 'get', secret: name })
        : new SecretStoreError('failed_precondition', detail, { operation: 'get', secret: name, hint });
    });
  }

  /** The names that the service lists, page by page. */
  async *list({ metadata }: ListRequest, { signal }: CallOptions = {}): AsyncIterable<readonly string[]> {
    const { service, list, defaults, logger } = this.#opened();
    if (list === undefined) throw unimplemented('list', 'set listUrl and listPath');
    const context: CallContext = { operation: 'list', name: '' };
    const url = await this.#told(context, async () => requestUrl(list.template, valuesOf('', metadata, defaults)));
    const pages = pagesOf(service, url, list, { signal });
    let isEmpty = true;
    for (;;) {
      const page = await this.#told(context, () => pages.next());
      if (page.done) break;
      isEmpty &&= page.value.length === 0;
      yield page.value;
    }
    if (!isEmpty || this.#hasToldOfEmptyList) return;
    // An empty store is no failure, but a wrong path looks the same.
    logger.warn('the list of secrets is empty: unless there are none, check listUrl and listPath');
    this.#hasToldOfEmptyList = true;
  }

  async ping({ signal }: CallOptions = {}): Promise<void> {
    const { service, ping } = this.#opened();
    if (ping === undefined) throw unimplemented('ping', 'set pingUrl');
    await this.#told({ operation: 'ping', name: '' }, () => service.succeed({ url: ping }, { signal }));
  }

  features(): readonly Feature[] {
    const { paths, list, ping } = this.#open ?? {};
    return [
      ...(paths?.values === undefined ? [] : [Feature.multipleKeyValuesPerSecret]),
      ...(list === undefined ? [] : [Feature.list]),
      ...(ping === undefined ? [] : [Feature.ping]),
    ];
  }

  async close(): Promise<void> {
    this.#open?.service.close();
    this.#open = undefined;
  }

  #opened(): Open {
    if (this.#open === undefined) throw new SecretStoreError('unavailable', 'the store is closed');
    return this.#open;
  }

  #ask(name: string, metadata: RequestMetadata, options: CallOptions): Promise<ServiceAnswer> {
    const { service, template, body, defaults } = this.#opened();
    const values = valuesOf(name, metadata, defaults);
    const url = requestUrl(template, values);
    return service.ask(body === undefined ? { url } : { url, body: filledBody(body, guarded(values)) }, options);
  }

  /** What a call answers, its failures in the contract's words. */
  async #told<Result>(context: CallContext, call: () => Promise<Result>): Promise<Result> {
    const { meanings } = this.#opened();
    try {
      return await call();
    } catch (cause) {
      throw storeError(cause, context, meanings);
    }
  }
}

function valuesOf(name: string, metadata: RequestMetadata, defaults: ReadonlyMap<string, string>): Values {
  return (variable) => (variable === 'name' ? name : ownValue(metadata, variable) || defaults.get(variable));
}

function ownValue(metadata: RequestMetadata, variable: string): string | undefined {
  return Object.hasOwn(metadata, variable) ? metadata[variable] : undefined;
}

/** For a body, which is text: bytes that are no UTF-8 can't stand in it. */
function guarded(values: Values): Values {
  return (variable) => {
    const value = values(variable) ?? '';
    if (value === '' && variable === 'name') throw new SecretStoreError('invalid_argument', 'missing secret name in request');
    if (!value.isWellFormed()) {
      throw new SecretStoreError('invalid_argument', `${variable} is not UTF-8, which a body can't hold`);
    }
    return value === '' ? undefined : guardedValue(variable, value);
  };
}

function unimplemented(operation: 'list' | 'ping', hint: string): SecretStoreError {
  return new SecretStoreError('unimplemented', `the component says nothing of how to ${operation}`, { operation, hint });
}
