import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { renderings } from '../charts.ts';
import { customResourceProblems, definitions, type Schema, schemaOf, structuralProblems } from './custom-resources.ts';
import { problemsOf } from './kubernetes-schemas.ts';
import { documentsOf, type Manifest, rendered } from './manifests.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the definitions of the kinds', () => {
  test('are of the kinds that Dapr has, under the same names', () => {
    expect(definitions.map(({ metadata, spec }) => [metadata.name, spec.names.kind, spec.scope, spec.versions[0]?.name])).toEqual(
      [
        ['components.dapr.io', 'Component', 'Namespaced', 'v1alpha1'],
        ['configurations.dapr.io', 'Configuration', 'Namespaced', 'v1alpha1'],
        ['resiliencies.dapr.io', 'Resiliency', 'Namespaced', 'v1alpha1'],
      ],
    );
    for (const { metadata, spec } of definitions) expect(metadata.name).toBe(`${spec.names.plural}.${spec.group}`);
  });

  test.each(definitions.map((definition) => [definition.metadata.name, definition] as const))(
    '%s is valid and structural',
    async (_, definition) => {
      // What may stand in the schema itself is for structuralProblems to say.
      const inSchema = /^\.spec\.versions\[\d+\]\.schema\.openAPIV3Schema\b/;
      expect((await problemsOf(definition)).filter((problem) => !inSchema.test(problem))).toEqual([]);
      expect(structuralProblems(schemaOf(definition))).toEqual([]);
    },
  );

  test.each<[string, Schema, string]>([
    ['without a type', { type: 'object', properties: { a: { description: 'x' } } }, '.a: has no type'],
    ['a list of nothing', { type: 'object', properties: { a: { type: 'array' } } }, '.a: items belong to a list'],
    ['a reference', { type: 'object', properties: { a: { type: 'string', $ref: '#/x' } } }, '.a: $ref is not used here'],
    ['an object of nothing', { type: 'object', properties: { a: { type: 'object' } } }, '.a: nothing may be in it'],
  ])('a schema with a node %s is not structural', (_, schema, problem) => {
    expect(structuralProblems(schema).join()).toContain(problem);
  });
});

/** Every document of the kinds in examples, fixtures of sound resources, and blocks of YAML in prose. */
function documentsInTheRepository(): [string, Manifest][] {
  const prose = ['README.md', 'docs/**/*.md', 'apps/*/README.md', 'packages/*/README.md', 'packages/stores/*/README.md'];
  const files = ['examples/*/*.yaml', 'apps/cli/test/fixtures/shop/**/*.yaml', ...prose];
  return globSync(files, { cwd: root }).flatMap((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const blocks = file.endsWith('.md')
      ? [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, block = '']) => block)
      : [text];
    return blocks
      .filter((block) => /^kind: (Component|Configuration|Resiliency)$/m.test(block))
      .flatMap(documentsOf)
      .map((document): [string, Manifest] => [file, document as Manifest]);
  });
}

describe('objects of the kinds', () => {
  const documents = documentsInTheRepository();

  test('in the repository are valid', () => {
    expect(documents.length).toBeGreaterThanOrEqual(6);
    expect(new Set(documents.map(([, { kind }]) => kind)).size).toBeGreaterThan(1);
    const invalid = documents.map(([file, document]) => [file, document.metadata.name, customResourceProblems(document)]);
    expect(invalid.filter(([, , problems]) => problems?.length !== 0)).toEqual([]);
  });

  test('that the charts make are valid', () => {
    const made = renderings.flatMap(({ name }) => rendered(name)).filter(({ apiVersion }) => apiVersion.startsWith('dapr.io/'));
    expect(new Set(made.map(({ kind }) => kind))).toEqual(new Set(['Component', 'Configuration']));
    expect(made.flatMap(customResourceProblems)).toEqual([]);
  });

  test.each([
    ['Component', { spec: { metadata: [] } }, "must have required property 'type'"],
    ['Component', { spec: { type: 'x', ignoreErrors: 'yes' } }, '/spec/ignoreErrors must be boolean'],
    ['Component', { spec: { type: 'x', metadata: [{ name: 'a', valeu: 1 }] } }, 'valeu'],
    ['Configuration', { spec: { secrets: { scopes: [{ storeName: 'a', defaultAccess: 'maybe' }] } } }, 'must match pattern'],
    ['Resiliency', { spec: { policies: { timeouts: { t: '5 seconds' } } } }, '/spec/policies/timeouts/t must match pattern'],
  ])('a %s %j is not', (kind, body, problem) => {
    const object = { apiVersion: 'dapr.io/v1alpha1', kind, metadata: { name: 'a' }, ...body };
    expect(customResourceProblems(object)?.join()).toContain(problem);
  });

  test('a component takes any value for a setting, a configuration what concerns no secret, and a policy every way to write a time', () => {
    const of = (kind: string, spec: object) =>
      customResourceProblems({ apiVersion: 'dapr.io/v1alpha1', kind, metadata: { name: 'a' }, spec });
    const values = ['text', 5, 1.5, true, null, [1], { a: 1 }].map((value) => ({ name: 'x', value }));
    expect(of('Component', { type: 'secretstores.local.env', metadata: values })).toEqual([]);
    expect(of('Configuration', { mtls: { enabled: true }, httpPipeline: { handlers: [{ name: 'a' }] } })).toEqual([]);
    const timeouts = Object.fromEntries(['250', '1.5s', '.5s', '1h15m30.5s', '250ms', '1µs'].map((time, i) => [`t${i}`, time]));
    expect(of('Resiliency', { policies: { timeouts }, targets: { apps: { a: { timeout: 't0' } } } })).toEqual([]);
  });
});
