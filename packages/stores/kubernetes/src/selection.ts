import type { ListOptions } from '@coffer/kubernetes-client';

/** Which secrets a component is about, as the selectors of one list each: a field selector knows no "or". */
export type Selection = readonly Pick<ListOptions, 'labelSelector' | 'fieldSelector'>[];

/** Selectors of the settings `labelSelector` and `secretTypes`, which are of one kind (see check.ts). */
export function selectionOf(labelSelector: string | undefined, secretTypes: readonly string[] | undefined): Selection {
  const { wanted, excluded } = typesOf(secretTypes);
  const labels = labelSelector === undefined || labelSelector === '' ? {} : { labelSelector };
  if (wanted.length > 0) return [...new Set(wanted)].map((type) => ({ ...labels, fieldSelector: `type=${escaped(type)}` }));
  if (excluded.length === 0) return [labels];
  return [{ ...labels, fieldSelector: excluded.map((type) => `type!=${escaped(type)}`).join(',') }];
}

/** The types of the setting `secretTypes`, those with a `!` in front apart. */
export function typesOf(secretTypes: readonly string[] = []): {
  readonly wanted: readonly string[];
  readonly excluded: readonly string[];
} {
  const types = secretTypes.map((type) => type.trim()).filter((type) => type !== '');
  return {
    wanted: types.filter((type) => !type.startsWith('!')),
    excluded: types.filter((type) => type.startsWith('!')).map((type) => type.slice(1).trim()),
  };
}

/** As the values of field selectors are written. */
function escaped(type: string): string {
  return type.replace(/[\\,=]/g, '\\$&');
}
