import {
  type BulkSecretData,
  forEachConcurrently,
  type RequestMetadata,
  type SecretStore,
  SecretStoreError,
  type SecretTable,
  type SecretValues,
  secretStoreErrorFrom,
  secretTable,
} from '../driver/index.ts';
import { checkedMany, checkedPage, checkedSecret } from './driver-answers.ts';

/**
 * A bulk read for a driver that has no call of its own: the listed names, then `getMany` page by page or one `get` each,
 * ten at a time. Names that `wanted` refuses are never asked for. A secret that vanishes between the two is left out; any
 * other failure fails the whole read, cancels the rest and names the secret.
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
  const list = store.list.bind(store);
  async function* pages(given: AbortSignal): AsyncGenerator<readonly string[]> {
    try {
      for await (const page of list({ metadata }, { signal: given })) yield checkedPage(page).filter(wanted);
    } catch (cause) {
      throw secretStoreErrorFrom(cause, { operation: 'list' });
    }
  }
  async function* names(given: AbortSignal): AsyncGenerator<string> {
    for await (const page of pages(given)) yield* page;
  }
  const data: SecretTable<SecretValues | null> = secretTable();
  await (store.getMany === undefined
    ? forEachConcurrently(names, (name, options) => getOne(store, name, metadata, options.signal, data), { signal })
    : forEachConcurrently(pages, (page, options) => getPage(store, page, metadata, options.signal, data), { signal }));
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
    into[name] = checkedSecret(await store.get({ name, metadata }, { signal })).data;
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
  if (names.length === 0) return;
  const getMany = store.getMany as NonNullable<SecretStore['getMany']>;
  const { found, failed } = checkedMany(await getMany.call(store, { names, metadata }, { signal }));
  for (const [name, cause] of Object.entries(failed)) throwUnlessMissing(name, cause);
  for (const [name, secret] of Object.entries(found)) into[name] = checkedSecret(secret).data;
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
