// Writes what derives from a driver's definition: component.json and the settings table of the README.
//   node scripts/generate-manifests.mjs           in a driver package: write
//   node scripts/generate-manifests.mjs --check   fail when something is stale
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeDefinition, settingsTable } from '../packages/core/src/registry/describe.ts';

const folder = process.cwd();
const check = process.argv.includes('--check');
const { definition } = await import(pathToFileURL(join(folder, 'src/definition.ts')).href);

const readme = await readFile(join(folder, 'README.md'), 'utf8');
const markers = /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/;
if (!markers.test(readme)) throw new Error('README.md has no <!-- settings --> … <!-- /settings --> to fill');

const wanted = {
  'component.json': `${JSON.stringify(describeDefinition(definition), null, 2)}\n`,
  'README.md': readme.replace(markers, (_, open, close) => `${open}${settingsTable(definition.metadata)}\n${close}`),
};
for (const [name, text] of Object.entries(wanted)) {
  const present = await readFile(join(folder, name), 'utf8').catch(() => '');
  if (present === text) continue;
  if (check) {
    console.error(`${name} is stale: run pnpm build`);
    process.exitCode = 1;
  } else {
    await writeFile(join(folder, name), text);
  }
}
