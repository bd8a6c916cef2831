import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestBackend, TestBed } from '@coffer/conformance';
import { type SecretValues, secretTable } from '@coffer/core/driver';
import { definition } from '../src/definition.ts';

const common = { definition, package: new URL('../', import.meta.url) };

/** What the kit certifies this driver on: a file of its own, once as it is by default and once with several values a secret. */
export const testBeds: readonly TestBed[] = [
  {
    ...common,
    backend: { name: 'JSON file, several values a secret', tier: 'memory' },
    start: () => start({ multiValued: 'true' }),
  },
  { ...common, backend: { name: 'JSON file, one value a secret', tier: 'memory' }, start: () => start({}) },
];

async function start(more: Readonly<Record<string, string>>): Promise<TestBackend> {
  const folder = await mkdtemp(join(tmpdir(), 'coffer-local-file-'));
  const secretsFile = join(folder, 'secrets.json');
  const secrets = secretTable<SecretValues>();
  const isMultiValued = more.multiValued === 'true';
  const write = async () => {
    const flat = secretTable(Object.keys(secrets).map((name) => [name, secrets[name]?.[name] ?? '']));
    await writeFile(`${secretsFile}.new`, JSON.stringify(isMultiValued ? secrets : flat), { mode: 0o600 });
    await rename(`${secretsFile}.new`, secretsFile);
  };
  await write();
  const settings = { secretsFile, ...more };
  return {
    settings,
    brokenSettings: [
      { what: 'no file', settings: {}, at: 'check' },
      {
        what: 'a file that is not there',
        settings: { ...settings, secretsFile: join(folder, 'none.json') },
        at: 'init',
        codes: ['failed_precondition', 'not_found'],
      },
    ],
    seed: async (name, values) => {
      secrets[name] = values;
      await write();
      return {};
    },
    remove: async (name) => {
      delete secrets[name];
      await write();
    },
    refuses: (name) => (name.isWellFormed() ? undefined : 'a file of UTF-8 holds no text that is not well-formed'),
    close: () => rm(folder, { recursive: true }),
  };
}
