import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { memoryStore } from '../../test/memory-store.ts';
import type { StoreDefinition } from '../driver/index.ts';
import { describeDefinition } from './describe.ts';
import { descriptionDrift } from './description-drift.ts';

const definition = memoryStore().definition as unknown as StoreDefinition;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coffer-drift-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function driftOf(description: unknown): Promise<string | undefined> {
  const file = join(folder, 'component.json');
  await writeFile(file, typeof description === 'string' ? description : JSON.stringify(description));
  return (await descriptionDrift(file, definition))?.replace(file, 'component.json');
}

it('is silent about a description that holds, whatever core has derived from it, and what else it says', async () => {
  const description = describeDefinition(definition);
  expect(await driftOf(description)).toBeUndefined();
  expect(await driftOf({ ...description, schema: {}, homepage: 'https://acme.example' })).toBeUndefined();
});

it('names what is otherwise or left out', async () => {
  const { features: _, ...description } = describeDefinition(definition);
  expect(await driftOf({ ...description, status: 'deprecated' })).toBe(
    "component.json says otherwise than the driver's definition: status, features",
  );
  for (const none of ['null', '[]', '{}']) expect(await driftOf(none)).toMatch(/definition: contract, type, version/);
});

it('tells of a file that is missing or no JSON, without what is in it', async () => {
  expect(await driftOf('{ "canary')).toMatch(/^component\.json is missing or is no JSON/);
  expect(await descriptionDrift(join(folder, 'none.json'), definition)).toMatch(/none\.json is missing or is no JSON/);
});
