import {
  type BulkGetRequest,
  type RequestMetadata,
  type SecretStore,
  type SecretTable,
  type SecretValues,
  secretTable,
} from '@coffer/core/driver';
import { deriveBulkGet } from '@coffer/core/internal';
import type { CheckContext } from '../check-context.ts';
import { CheckFailure } from '../exercise.ts';
import { declaredMethod, expectTable } from '../expect.ts';

/** Metadata as the surfaces hand it to a driver. */
export const NO_METADATA: RequestMetadata = Object.freeze(secretTable<string>());

/** A bulk read as core does it: by the driver's own `bulkGet`, else by what it lists. */
export async function readAll(
  { signal }: Pick<CheckContext, 'signal'>,
  store: SecretStore,
  { metadata = NO_METADATA, wanted }: Partial<BulkGetRequest> = {},
): Promise<SecretTable<SecretValues | null>> {
  const { data } =
    store.bulkGet === undefined
      ? await deriveBulkGet(store, metadata, wanted ?? (() => true), signal)
      : await store.bulkGet({ metadata, ...(wanted && { wanted }) }, { signal });
  if (data === null || data === undefined) throw new CheckFailure('the bulk read answered without data');
  expectTable('the bulk read', data);
  return data;
}

/** More pages without a new name are a list that goes round. */
const MOST_WITHOUT_NEWS = 500;

/** Every name that the store lists, as often as it does. */
export async function listAll({ signal }: Pick<CheckContext, 'signal'>, store: SecretStore): Promise<readonly string[]> {
  const list = declaredMethod(store, 'list');
  const names: string[] = [];
  const seen = new Set<string>();
  let withoutNews = 0;
  for await (const page of list({ metadata: NO_METADATA }, { signal })) {
    if (!Array.isArray(page)) throw new CheckFailure('list gave a page that is no array');
    names.push(...page);
    const known = seen.size;
    for (const name of page) seen.add(name);
    withoutNews = seen.size > known ? 0 : withoutNews + 1;
    if (withoutNews > MOST_WITHOUT_NEWS)
      throw new CheckFailure(`list gives pages without end: ${withoutNews} without a new name`);
  }
  return names;
}
