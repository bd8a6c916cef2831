import { SecretStoreError } from '@coffer/core/driver';
import type { ListOptions } from '@coffer/kubernetes-client';

/** Which secrets a component is about, as the selectors of one list each: a field selector knows no "or". */
export type Selection = readonly Pick<ListOptions, 'labelSelector' | 'fieldSelector'>[];

/** Selectors of the settings `labelSelector` and `secretTypes`. Fails with `invalid_argument` when they contradict. */
export function selectionOf(labelSelector: string | undefined, secretTypes: readonly string[] | undefined): Selection {
  const types = (secretTypes ?? []).map((type) => type.trim()).filter((type) => type !== '');
  const excluded = types.filter((type) => type.startsWith('!')).map((type) => `type!=${type.slice(1)}`);
  if (excluded.length > 0 && excluded.length < types.length) {
    throw new SecretStoreError('invalid_argument', 'secretTypes names types both with and without !', {
      hint: 'a list without ! leaves everything else out anyway: drop the entries with !',
    });
  }
  const labels = labelSelector === undefined || labelSelector === '' ? {} : { labelSelector };
  if (types.length === 0) return [labels];
  if (excluded.length > 0) return [{ ...labels, fieldSelector: excluded.join(',') }];
  return [...new Set(types)].map((type) => ({ ...labels, fieldSelector: `type=${type}` }));
}
