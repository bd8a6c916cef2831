import { isUtf8 } from 'node:buffer';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestBackend, TestBed } from '@coffer/conformance';
import type { SecretValues } from '@coffer/core/driver';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { definition } from '../src/definition.ts';
import { type Node, SopsWriter } from './write-sops.ts';

/** A file as sops writes it, in which every object at the top is a secret. */
export const testBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'file encrypted as sops does', tier: 'memory' },
    start,
  },
];

async function start(): Promise<TestBackend> {
  const folder = await mkdtemp(join(tmpdir(), 'coffer-sops-'));
  const [key, otherKey] = [await generateX25519Identity(), await generateX25519Identity()];
  const [path, changedPath] = [join(folder, 'secrets.json'), join(folder, 'changed.json')];
  const writer = new SopsWriter([await identityToRecipient(key)]);
  const secrets = new Map<string, Node>([['always there', new Map([['key', 'value']])]]);
  let writing = Promise.resolve();
  const write = () => {
    writing = writing.then(async () => {
      await writeFile(`${path}.new`, await writer.write(secrets), { mode: 0o600 });
      await rename(`${path}.new`, path);
    });
    return writing;
  };
  const put = async (name: string, values: Node) => {
    secrets.set(name, values);
    await write();
  };
  await write();
  await writeFile(changedPath, (await writer.write(secrets)).replace('always there', 'never there'), { mode: 0o600 });
  const settings = { secretsFile: path, ageKey: key, multiValued: 'true', maxFileSize: '64Mi' };
  return {
    settings,
    brokenSettings: [
      { what: 'a key of somebody else', settings: { ...settings, ageKey: otherKey }, at: 'init', codes: ['permission_denied'] },
      { what: 'a key that is none', settings: { ...settings, ageKey: 'x' }, at: 'init', codes: ['unauthenticated'] },
      { what: 'no file', settings: { ...settings, secretsFile: join(folder, 'no') }, at: 'init', codes: ['failed_precondition'] },
      { what: 'a changed file', settings: { ...settings, secretsFile: changedPath }, at: 'init', codes: ['invalid_argument'] },
      { what: 'another format', settings: { ...settings, format: 'dotenv' }, at: 'init', codes: ['invalid_argument'] },
      { what: 'too big a file', settings: { ...settings, maxFileSize: '10' }, at: 'init', codes: ['resource_exhausted'] },
      { what: 'a key file without a name', settings: { ...settings, ageKeyFile: '' }, at: 'check' },
    ],
    seed: async (name: string, values: SecretValues) => {
      await put(name, new Map(Object.entries(values)));
      return {};
    },
    seedBinary: async (name: string, bytes: Uint8Array) => {
      await put(name, new Map([[name, Buffer.from(bytes)]]));
      return { read: { [name]: Buffer.from(bytes).toString(isUtf8(bytes) ? 'utf8' : 'base64') } };
    },
    remove: async (name: string) => {
      secrets.delete(name);
      await write();
    },
    refuses: (name: string, values: SecretValues) => {
      if (name === 'sops') return 'sops keeps what it knows about the file there';
      return [name, ...Object.entries(values).flat()].every((text) => text.isWellFormed())
        ? undefined
        : 'a file in UTF-8 holds no lone surrogates';
    },
    close: () => rm(folder, { recursive: true }),
  };
}
