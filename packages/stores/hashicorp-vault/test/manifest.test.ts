import { readFile } from 'node:fs/promises';
import { describeDefinition, settingsTable } from '@coffer/core';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';

const file = (name: string) => readFile(new URL(`../${name}`, import.meta.url), 'utf8');

// pnpm build writes them; this fails when somebody forgot.
describe('what derives from the definition', () => {
  it('is current in component.json', async () => {
    expect(JSON.parse(await file('component.json'))).toEqual(JSON.parse(JSON.stringify(describeDefinition(definition))));
  });

  it('is current in the README', async () => {
    expect(await file('README.md')).toContain(settingsTable(definition.metadata));
  });

  it('is what package.json announces', async () => {
    const { coffer, exports } = JSON.parse(await file('package.json'));
    const { type, version, contract } = definition;
    expect(coffer).toEqual({ contract, stores: [{ type, version, module: './definition', manifest: './component.json' }] });
    expect(Object.keys(exports)).toEqual(['.', './definition', './component.json', './package.json']);
  });
});
