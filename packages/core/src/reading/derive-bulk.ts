import {
  type BulkSecretData,
  type RequestMetadata,
  type SecretStore,
  SecretStoreError,
  type SecretTable,
  type SecretValues,
  secretStoreErrorFrom,
  secretTable,
  throwIfAborted,
} from '../driver/index.ts';

/** How many calls to one store a derived bulk read keeps in flight. */
const CONCURRENCY = 8;

/**
 * A bulk read for a driver that has no call of its own: the listed names, then `getMany` page by page or one `get` each,
 * a bounded number at a time. Names that `wanted` refuses are never asked for. A secret that vanishes between the two is
 * left out; any other failure fails the whole read, cancels the rest and names the secret.
 */
export async function deriveBulkGet(
  store: SecretStore,
  metadata: RequestMetadata,
  wanted: (name: string) => boolean,
  signal: AbortSignal,
): Promise<BulkSecretData> {
  if (store.list === undefined) {
    throw new SecretStoreError('unimplemented', 'the driver has neither bulkGet nor list', { operation: 'bulkGet' });
  }
  const stop = new AbortController();
  const joined = AbortSignal.any([signal, stop.signal]);
  const data: SecretTable<SecretValues | null> = secretTable();
  const running = new Set<Promise<void>>();
  let failure: SecretStoreError | undefined;

  const launch = async (work: Promise<void>): Promise<void> => {
    const guarded: Promise<void> = work
      .catch((cause) => {
        failure ??= secretStoreErrorFrom(cause, { operation: 'bulkGet' });
        stop.abort(failure);
      })
      .finally(() => running.delete(guarded));
    running.add(guarded);
    if (running.size >= CONCURRENCY) await Promise.race(running);
  };

  try {
    for await (const page of store.list({ metadata }, { signal: joined })) {
      throwIfAborted(joined);
      const names = page.filter(wanted);
      if (store.getMany !== undefined) {
        if (names.length > 0) await launch(getPage(store, names, metadata, joined, data));
      } else {
        for (const name of names) {
          if (failure) break;
          await launch(getOne(store, name, metadata, joined, data));
        }
      }
      if (failure) break;
    }
  } catch (cause) {
    failure ??= secretStoreErrorFrom(cause, { operation: 'list' });
    stop.abort(failure);
  }
  await Promise.all(running);
  if (failure) throw failure;
  return { data };
}

async function getOne(
  store: SecretStore,
  name: string,
  metadata: RequestMetadata,
  signal: AbortSignal,
  into: SecretTable<SecretValues | null>,
): Promise<void> {
  try {
    into[name] = (await store.get({ name, metadata }, { signal })).data;
  } catch (cause) {
    throwUnlessMissing(name, cause);
  }
}

async function getPage(
  store: SecretStore,
  names: readonly string[],
  metadata: RequestMetadata,
  signal: AbortSignal,
  into: SecretTable<SecretValues | null>,
): Promise<void> {
  const { found, failed } = await (store.getMany as NonNullable<SecretStore['getMany']>)({ names, metadata }, { signal });
  for (const [name, cause] of Object.entries(failed)) throwUnlessMissing(name, cause);
  for (const [name, secret] of Object.entries(found)) into[name] = secret.data;
}

function throwUnlessMissing(name: string, cause: unknown): void {
  const error = secretStoreErrorFrom(cause);
  if (error.code === 'not_found') return;
  const { component, retryable, hint } = error;
  throw new SecretStoreError(error.code, `secret ${name}: ${error.detail}`, {
    component,
    operation: 'bulkGet',
    secret: name,
    retryable,
    hint,
    cause: error,
  });
}
