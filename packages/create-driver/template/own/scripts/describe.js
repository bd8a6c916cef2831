// Writes what derives from the definition: component.json and the settings table of README.md.
import { readFile, writeFile } from 'node:fs/promises';
import { describeDefinition, settingsTable } from '@coffer/core';
import { definition } from '../src/definition.ts';

const root = new URL('../', import.meta.url);
const readme = await readFile(new URL('README.md', root), 'utf8');
const place = /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/;
if (!place.test(readme)) throw new Error('README.md has no <!-- settings --> … <!-- /settings --> to fill');
const table = settingsTable(definition.metadata);

await writeFile(new URL('component.json', root), `${JSON.stringify(describeDefinition(definition), null, 2)}\n`);
await writeFile(
  new URL('README.md', root),
  readme.replace(place, (_, open, close) => `${open}${table}\n${close}`),
);
