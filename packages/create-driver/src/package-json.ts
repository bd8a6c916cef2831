import { readFile } from 'node:fs/promises';
import type { DriverNames } from './driver-names.ts';
import { OLDEST_NODE, TOOL_VERSIONS } from './facts.ts';

/** The package.json of a package of its own: tools in the versions that Coffer is built with, Coffer in that of this package. */
export async function ownPackage(names: DriverNames): Promise<object> {
  const coffer = `^${(await ownManifest()).version}`;
  return {
    name: names.package,
    version: '0.1.0',
    description: descriptionOf(names),
    keywords: ['coffer', 'coffer-driver', 'secrets', 'secret-store', 'dapr'],
    license: 'UNLICENSED',
    ...commonMembers(names),
    exports: exportsOf((name) => ({ types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` })),
    files: ['component.json', 'conformance.json', 'dist'],
    scripts: {
      build: 'tsdown && node scripts/describe.js',
      typecheck: 'tsc',
      lint: 'biome ci',
      format: 'biome check --write',
      test: 'vitest run',
      certify: 'npm run build && coffer-conformance certify .',
      prepublishOnly: 'npm run build && npm run lint && npm run typecheck && npm test',
    },
    peerDependencies: { '@coffer/core': coffer },
    devDependencies: {
      '@biomejs/biome': TOOL_VERSIONS['@biomejs/biome'],
      '@coffer/conformance': coffer,
      '@coffer/core': coffer,
      '@types/node': TOOL_VERSIONS['@types/node'],
      tsdown: TOOL_VERSIONS.tsdown,
      typescript: TOOL_VERSIONS.typescript,
      vitest: TOOL_VERSIONS.vitest,
    },
  };
}

/** The package.json of a driver in Coffer's repository, where versions are those of the workspace. */
export function repositoryPackage(names: DriverNames): object {
  return {
    name: names.package,
    version: '0.0.0',
    description: descriptionOf(names),
    keywords: ['secrets', 'secret-store', 'dapr', 'coffer'],
    license: 'Apache-2.0',
    ...commonMembers(names),
    exports: exportsOf((name) => ({
      '@coffer/source': `./src/${name}.ts`,
      types: `./dist/${name}.d.ts`,
      default: `./dist/${name}.js`,
    })),
    files: ['component.json', 'conformance.json', 'dist', 'src', '!src/**/*.test.ts'],
    scripts: {
      build: 'tsdown && node --conditions=@coffer/source ../../../scripts/generate-manifests.mjs',
      typecheck: 'tsc -p tsconfig.json',
      test: 'vitest run',
      'pack-check': 'node ../../../scripts/pack-check.mjs',
    },
    peerDependencies: { '@coffer/core': 'workspace:^' },
    devDependencies: {
      '@coffer/conformance': 'workspace:^',
      '@coffer/core': 'workspace:^',
      '@types/node': 'catalog:',
      tsdown: 'catalog:',
      typescript: 'catalog:',
      vitest: 'catalog:',
    },
  };
}

function descriptionOf({ type, title }: DriverNames): string {
  return `Coffer driver for ${type}: ${title}`;
}

function commonMembers({ type }: DriverNames): object {
  return {
    type: 'module',
    sideEffects: false,
    engines: { node: `>=${OLDEST_NODE}` },
    coffer: {
      contract: 1,
      stores: [{ type, version: 'v1', module: './definition', manifest: './component.json' }],
      conformance: { testBeds: './test/test-beds.ts', result: './conformance.json' },
    },
  };
}

function exportsOf(entry: (name: string) => object): object {
  return {
    '.': entry('definition'),
    './definition': entry('definition'),
    './component.json': './component.json',
    './package.json': './package.json',
  };
}

/** What of this package's own package.json is told. */
export async function ownManifest(): Promise<{ readonly version: string }> {
  return JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
}
