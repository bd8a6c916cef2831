import { describe, expect, it } from 'vitest';
import { parseComponents } from './read-components.ts';
import { selectComponents } from './select-components.ts';

interface Row {
  name?: string;
  namespace?: string;
  type?: string;
  version?: string | null;
  scopes?: string[];
}
function select(rows: Row[], rules: { namespace?: string; denied?: string[] } = {}) {
  const text = rows
    .map(({ name = 'foo', namespace, type = 'secretstores.local.env', version = 'v1', scopes }) =>
      JSON.stringify({
        apiVersion: 'dapr.io/v1alpha1',
        kind: 'Component',
        metadata: { name, namespace },
        spec: { type, version },
        scopes,
      }),
    )
    .join('\n---\n');
  const selection = selectComponents(parseComponents(text, 'f').components, {
    appId: 'app1',
    namespace: '',
    denied: [],
    ...rules,
  });
  return { ...selection, selected: selection.selected.map(({ source }) => source.document) };
}

describe('selectComponents', () => {
  it('reports every duplicate, of any category, before scopes are looked at', () => {
    const existing = 'existing foo (secretstores.local.env/v1)';
    expect(select([{}, { type: 'state.in-memory' }, { scopes: ['other'], version: null }])).toMatchObject({
      selected: [1],
      warnings: [],
      duplicates: [
        `duplicate definition of Component name foo (state.in-memory/v1) with ${existing}`,
        `duplicate definition of Component name foo (secretstores.local.env) with ${existing}`,
      ],
    });
    expect(select([{ scopes: ['other'] }, {}])).toMatchObject({ selected: [2], duplicates: [] });
    expect(select([{}, { name: 'Foo' }])).toMatchObject({ selected: [1, 2], duplicates: [] });
  });

  it('filters by namespace only where both are named', () => {
    const rows = [
      { name: 'a', namespace: 'a' },
      { name: 'b', namespace: 'b' },
      { name: 'e', namespace: '' },
      { name: 'n' },
      { name: 'A', namespace: 'A' },
    ];
    expect(select(rows, { namespace: 'a' }).selected).toEqual([1, 3, 4]);
    expect(select(rows).selected).toEqual([1, 2, 3, 4, 5]);
    expect(select([{ namespace: 'b' }, { namespace: 'a' }], { namespace: 'a' })).toMatchObject({ selected: [2], duplicates: [] });
  });

  it('compares scopes exactly', () => {
    const scopes = [['app1'], ['x', 'app1'], ['APP1'], ['*'], [' app1'], []];
    expect(select(scopes.map((list, index) => ({ name: String(index), scopes: list }))).selected).toEqual([1, 2, 6]);
  });

  it('denies types exactly, and with a list also what has no type or version', () => {
    const rows = [
      { name: 'a', type: 'secretstores.local.file' },
      { name: 'b', version: 'v2' },
      { name: 'c', version: null },
      { name: 'd', type: '' },
      { name: 'e' },
    ];
    expect(select(rows, { denied: ['secretstores.local.file', 'secretstores.local.env/v2'] })).toMatchObject({
      selected: [5],
      duplicates: [],
      denied: [{ name: 'a' }, { name: 'b' }],
      warnings: [
        "component 'a' cannot be loaded because components of type 'a (secretstores.local.file/v1)' are not allowed",
        "component 'b' cannot be loaded because components of type 'b (secretstores.local.env/v2)' are not allowed",
      ],
    });
    expect(select(rows, { denied: ['secretstores.local.env/'] }).selected).toEqual([1]);
    expect(select(rows, { denied: ['Secretstores.local.file', 'a/b/c', ''] }).selected).toEqual([1, 2, 5]);
    expect(select(rows).selected).toEqual([1, 2, 3, 4, 5]);
  });
});
