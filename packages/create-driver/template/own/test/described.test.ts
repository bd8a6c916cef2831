import { readFile } from 'node:fs/promises';
import { describeDefinition, settingsTable } from '@coffer/core';
import { expect, it } from 'vitest';
import { definition } from '../src/definition.ts';

const textOf = (name: string): Promise<string> => readFile(new URL(`../${name}`, import.meta.url), 'utf8');

it('is described as it is: npm run build writes component.json and the table in README.md', async () => {
  expect(JSON.parse(await textOf('component.json'))).toEqual(JSON.parse(JSON.stringify(describeDefinition(definition))));
  expect(await textOf('README.md')).toContain(settingsTable(definition.metadata));
});

it('is announced in package.json as it is', async () => {
  const { type, version, contract } = definition;
  const { coffer } = JSON.parse(await textOf('package.json'));
  expect(coffer).toMatchObject({ contract, stores: [{ type, version, module: './definition', manifest: './component.json' }] });
});
