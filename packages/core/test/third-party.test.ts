import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

/*
 * A driver that somebody else publishes, in a project that is not this workspace: both packages are packed, unpacked into
 * the project's node_modules as an installer would, and used by a program in a process of its own.
 */

const run = promisify(execFile);
const core = fileURLToPath(new URL('..', import.meta.url));
let folder: string;
let project: string;

const DRIVER = `
import { appendFileSync } from 'node:fs';
import { DEFINITION_MARKER, SecretStoreError, secretTable } from '@coffer/core/driver';

appendFileSync(process.env.IMPORT_LOG, 'imported\\n');
const metadata = { greeting: { type: 'string', required: true, description: 'What to say.' } };
export const definition = {
  $type: DEFINITION_MARKER, contract: 1, type: 'secretstores.acme', version: 'v1', title: 'Acme', status: 'beta',
  metadata, requestMetadata: [], features: [],
  create: () => {
    let greeting;
    return {
      init: async (context) => { greeting = context.metadata.greeting; },
      get: async ({ name }) => {
        if (name === 'missing') throw new SecretStoreError('not_found', 'acme has no ' + name);
        return { data: secretTable([[name, greeting + ' ' + name]]) };
      },
      bulkGet: async () => ({ data: secretTable() }),
      features: () => [],
      close: async () => {},
    };
  },
};`;

const PROGRAM = `
import { existsSync } from 'node:fs';
import { Coffer, Registry } from '@coffer/core';

const registry = await Registry.discover({ host: import.meta.dirname });
const listed = registry.available().map(({ type, package: from }) => [type, from.name, from.version]);
const importedByListing = existsSync(process.env.IMPORT_LOG);
const coffer = await Coffer.start({ appId: 'app', resourcesPaths: ['components'], registry });
const value = (await coffer.getSecret('acme', 'world')).world;
const failure = await coffer.getSecret('acme', 'missing').catch(({ code, message }) => ({ code, message }));
await coffer.close();
const unknown = await registry.resolve('secretstores.acmee', 'v1').catch(({ hint }) => hint);
console.log(JSON.stringify({ listed, importedByListing, importedByUse: existsSync(process.env.IMPORT_LOG), value, failure, unknown }));`;

/** Packs a package and unpacks the tarball where an installer would put it. */
async function install(source: string, name: string): Promise<void> {
  const packed = join(folder, 'packed', name);
  await mkdir(packed, { recursive: true });
  await run('pnpm', ['pack', '--pack-destination', packed], { cwd: source });
  const [tarball] = await readdir(packed);
  const target = join(project, 'node_modules', name);
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', join(packed, tarball as string), '-C', target, '--strip-components=1']);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coffer-third-party-'));
  project = join(folder, 'project');
  const acme = join(folder, 'acme');
  const files: Record<string, unknown> = {
    'acme/package.json': {
      name: 'coffer-store-acme',
      version: '3.2.1',
      type: 'module',
      exports: './index.js',
      peerDependencies: { '@coffer/core': '*' },
      coffer: { contract: 1, stores: [{ type: 'secretstores.acme', version: 'v1', module: '.', manifest: './component.json' }] },
    },
    'acme/index.js': DRIVER,
    'project/package.json': { type: 'module', dependencies: { '@coffer/core': '*', 'coffer-store-acme': '*' } },
    'project/program.js': PROGRAM,
    'project/components/acme.yaml': {
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'Component',
      metadata: { name: 'acme' },
      spec: { type: 'secretstores.acme', version: 'v1', metadata: [{ name: 'greeting', value: 'hello' }] },
    },
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  await install(acme, 'coffer-store-acme');
  await install(core, '@coffer/core');
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

it('lists, then uses, a driver from outside the workspace', async () => {
  const env = { ...process.env, IMPORT_LOG: join(folder, 'imports') };
  const { stdout } = await run(process.execPath, ['program.js'], { cwd: project, env });
  expect(JSON.parse(stdout)).toEqual({
    listed: [['secretstores.acme', 'coffer-store-acme', '3.2.1']],
    importedByListing: false,
    importedByUse: true,
    value: 'hello world',
    failure: { code: 'not_found', message: 'failed getting secret with key missing from secret store acme: acme has no missing' },
    unknown: 'did you mean secretstores.acme?',
  });
}, 30_000);
