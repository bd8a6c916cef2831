import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseComponents, resolveReferences } from '@coffer/core';
import { checkSettings } from '@coffer/core/driver';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';

const folder = fileURLToPath(new URL('../examples/', import.meta.url));
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const documented = [...readme.matchAll(/```yaml\n(apiVersion: dapr\.io[\s\S]*?)```/g)].map(
  ([, text = '']) => ['README.md', text] as const,
);
const texts: readonly (readonly [file: string, text: string])[] = [
  ...documented,
  ...readdirSync(folder).map((name) => [name, readFileSync(`${folder}${name}`, 'utf8')] as const),
];

describe('every component of the documentation', () => {
  it('is there', () => {
    expect(documented.length).toBeGreaterThan(0);
    expect(texts.length).toBe(documented.length + 5);
  });

  it.each(texts)('%s is read without a word', async (file, text) => {
    const { components: all, problems, warnings } = parseComponents(text, file);
    expect([problems, warnings]).toEqual([[], []]);
    const components = all.filter(({ type }) => type === definition.type);
    expect(components).toHaveLength(1);
    for (const component of components) {
      const around = { environment: {}, namespace: undefined, podName: undefined, appId: 'shop', defaultSecretStore: '' };
      const readSecret = async () => ({ data: { private_key: 'a key', private_key_id: 'its id' } });
      const resolved = await resolveReferences(component, {
        ...around,
        readSecret,
        warn: () => undefined,
        error: () => undefined,
      });
      const properties = 'properties' in resolved ? resolved.properties : {};
      expect(checkSettings(definition, properties, 'refused').problems).toEqual([]);
    }
  });
});
