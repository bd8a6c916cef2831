// Writes what @coffer/create-driver knows of the repository: the versions of the tools that drivers are built with, and the
// component types that are taken.
//   node scripts/generate-driver-facts.mjs           write
//   node scripts/generate-driver-facts.mjs --check   fail when it is stale
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OFFICIAL_PACKAGES } from '../packages/core/src/registry/official-packages.ts';
import { root } from './lib/workspace.mjs';

const TOOLS = ['@biomejs/biome', '@types/node', 'tsdown', 'typescript', 'vitest'];
const target = path.join(root, 'packages/create-driver/src/facts.ts');
const catalog = readFileSync(path.join(root, 'pnpm-workspace.yaml'), 'utf8').split('\ncatalog:\n')[1];

function versionOf(tool) {
  const [, version] = new RegExp(`^ {2}'?${tool}'?: (\\S+)$`, 'm').exec(catalog) ?? [];
  if (version === undefined) throw new Error(`pnpm-workspace.yaml has no ${tool} in its catalog`);
  return version;
}

const keyOf = (name) => (/^\w+$/.test(name) ? name : `'${name}'`);
const table = (entries) => entries.map(([name, text]) => `  ${keyOf(name)}: '${text}',\n`).join('');
const text = `// Written by scripts/generate-driver-facts.mjs.

/** Versions of the tools that this repository builds and tests drivers with. */
export const TOOL_VERSIONS = {
${table(TOOLS.map((tool) => [tool, versionOf(tool)]))}} as const;

/** Oldest version of Node that the sources of a driver compile for. */
export const OLDEST_NODE = '${versionOf('@types/node')}';

/** Component types that have a driver of Coffer's own, each with its package. */
export const OFFICIAL_TYPES: Readonly<Record<string, string>> = {
${table([...OFFICIAL_PACKAGES])}};
`;

if (readFileSync(target, { encoding: 'utf8', flag: 'a+' }) !== text) {
  if (process.argv.includes('--check')) {
    console.error('packages/create-driver/src/facts.ts is stale: run pnpm build');
    process.exitCode = 1;
  } else {
    writeFileSync(target, text);
  }
}
