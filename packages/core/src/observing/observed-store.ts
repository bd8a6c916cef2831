import { type SecretChange, type SecretData, type SecretStore, secretStoreErrorFrom } from '../driver/index.ts';
import type { StoreObserver, UpstreamOperation } from './types.ts';

/** The same store, with an observer that is told of every call that reaches the driver. */
export function observedStore(store: SecretStore, observer: StoreObserver): SecretStore {
  const { bulkGet, list, getMany, ping, watch } = store;
  const told = (name: string, secret: SecretData | undefined) => {
    if (secret?.expiresAt !== undefined) observer.expiring(name, secret.expiresAt);
  };
  return {
    init: (context, options) => store.init(context, options),
    get: (request, options) =>
      observe(
        observer,
        'get',
        () => store.get(request, options),
        (secret) => told(request.name, secret),
      ),
    ...(bulkGet && {
      bulkGet: (request, options) => observe(observer, 'bulk_get', () => bulkGet.call(store, request, options)),
    }),
    ...(getMany && {
      getMany: (request, options) =>
        observe(
          observer,
          'get_many',
          () => getMany.call(store, request, options),
          (many) => {
            for (const name of Object.keys(many?.found ?? {})) told(name, many.found[name]);
          },
        ),
    }),
    ...(list && { list: (request, options) => observedPages(observer, list.call(store, request, options)) }),
    ...(ping && { ping: (options) => ping.call(store, options) }),
    ...(watch && { watch: (request, options) => observedChanges(observer, watch.call(store, request, options)) }),
    features: () => store.features(),
    close: () => store.close(),
  };
}

/** The promise of the call itself: the observer costs the reader nothing to wait for. */
function observe<Result>(
  observer: StoreObserver,
  operation: UpstreamOperation,
  call: () => Promise<Result>,
  onResult?: (result: Result) => void,
): Promise<Result> {
  observer.upstreamStarted();
  const start = performance.now();
  const failed = (cause: unknown) =>
    observer.upstreamEnded(operation, secretStoreErrorFrom(cause).code, performance.now() - start);
  let promise: Promise<Result>;
  try {
    // One that gives no promise is told from others by who looks at its answer.
    promise = Promise.resolve(call());
  } catch (cause) {
    failed(cause);
    throw cause;
  }
  promise.then((result) => {
    observer.upstreamEnded(operation, 'ok', performance.now() - start);
    onResult?.(result);
  }, failed);
  return promise;
}

async function* observedPages(
  observer: StoreObserver,
  pages: AsyncIterable<readonly string[]>,
): AsyncGenerator<readonly string[]> {
  let start = performance.now();
  let waiting = true;
  observer.upstreamStarted();
  try {
    for await (const page of pages) {
      waiting = false;
      observer.upstreamEnded('list', 'ok', performance.now() - start);
      yield page;
      start = performance.now();
      waiting = true;
      observer.upstreamStarted();
    }
    observer.upstreamEnded('list', undefined, performance.now() - start);
  } catch (cause) {
    if (waiting) observer.upstreamEnded('list', secretStoreErrorFrom(cause).code, performance.now() - start);
    throw cause;
  }
}

async function* observedChanges(observer: StoreObserver, changes: AsyncIterable<SecretChange>): AsyncGenerator<SecretChange> {
  for await (const change of changes) {
    observer.changed();
    yield change;
  }
}
