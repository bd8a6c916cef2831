import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseComponents, resolveReferences } from '@coffer/core';
import { checkSettings } from '@coffer/core/driver';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';

const folder = fileURLToPath(new URL('../examples/', import.meta.url));
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const component = /```yaml\n(apiVersion: dapr\.io[\s\S]*?)```/.exec(readme)?.[1] ?? '';
const texts: readonly (readonly [file: string, text: string])[] = [
  ['README.md', component],
  ...readdirSync(folder).map((name) => [name, readFileSync(`${folder}${name}`, 'utf8')] as const),
];

describe('every component of the documentation', () => {
  it.each(texts)('%s is read without a word', async (file, text) => {
    const { components, problems, warnings } = parseComponents(text, file);
    expect([problems, warnings]).toEqual([[], []]);
    expect(components).toHaveLength(1);
    for (const component of components) {
      const none = { environment: {}, namespace: undefined, podName: undefined, appId: 'shop', defaultSecretStore: '' };
      const quiet = { readSecret: () => undefined, warn: () => undefined, error: () => undefined };
      const resolved = await resolveReferences(component, { ...none, ...quiet });
      const properties = 'properties' in resolved ? resolved.properties : {};
      expect(component.type).toBe(definition.type);
      expect(checkSettings(definition, properties, 'refused').problems).toEqual([]);
    }
  });
});
