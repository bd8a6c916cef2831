import type { Filter } from '@aws-sdk/client-secrets-manager';
import { pages } from '@coffer/aws-client';
import { throwIfAborted } from '@coffer/core/driver';
import type { PurposeOptions, Service } from './service.ts';

/** As many as one page takes. */
const MOST_LISTED = 100;

/** Which secrets a component is about in bulk reads and lists: those with these names, or those whose names begin so, or all. */
export interface Selection {
  readonly names: readonly string[];
  readonly prefixes: readonly string[];
}

export function isSelected(name: string, { prefixes }: Selection): boolean {
  return prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix));
}

/** The filters of the service that choose the same, none when every secret is meant. */
export function filtersOf({ prefixes }: Selection): Filter[] | undefined {
  return prefixes.length === 0 ? undefined : [{ Key: 'name', Values: [...prefixes] }];
}

/** One page of names, the first one by default. */
export async function listPage(
  service: Service,
  selection: Selection,
  token: string | undefined,
  options: PurposeOptions,
): Promise<{ readonly names: readonly string[]; readonly NextToken: string | undefined }> {
  const Filters = filtersOf(selection);
  const input = { MaxResults: MOST_LISTED, ...(Filters && { Filters }), ...(token !== undefined && { NextToken: token }) };
  const { SecretList = [], NextToken } = await service.list(input, options);
  const names = SecretList.map(({ Name = '' }) => Name).filter((name) => name !== '' && isSelected(name, selection));
  return { names, NextToken };
}

/** Names of the selected secrets, page by page; those scheduled for deletion are not among them. */
export async function* listNames(
  service: Service,
  selection: Selection,
  options: PurposeOptions,
): AsyncGenerator<readonly string[]> {
  throwIfAborted(options.signal);
  if (selection.names.length > 0) {
    yield selection.names;
    return;
  }
  for await (const { names } of pages((token) => listPage(service, selection, token, options))) {
    if (names.length > 0) yield names;
  }
}
