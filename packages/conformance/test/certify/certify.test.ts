import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultFile } from '../../src/index.ts';

const COMMAND = fileURLToPath(new URL('../../bin/coffer-conformance.js', import.meta.url));
const ACME = fileURLToPath(new URL('../acme', import.meta.url));
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'coffer-certify-'));
});
afterAll(() => rm(scratch, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as an author does, on sources that resolve to sources. */
function conformance(...argv: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--conditions=@coffer/source', COMMAND, ...argv], (failure, stdout, stderr) => {
      resolve({ code: Number(failure?.code ?? 0), stdout, stderr });
    });
  });
}

/** A driver package with this package.json member and this module of test beds. */
async function driver(name: string, conformance: object | undefined, testBeds = ''): Promise<string> {
  const folder = join(scratch, name);
  await cp(ACME, folder, { recursive: true });
  // Found as the workspace's own packages are.
  await symlink(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
  const json = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { coffer: { conformance?: object } };
  const { conformance: _, ...coffer } = json.coffer;
  const member = conformance === undefined ? {} : { conformance };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...json, name, coffer: { ...coffer, ...member } }));
  await writeFile(join(folder, 'beds.js'), testBeds);
  return folder;
}

/** A test bed of the definition without a service. */
const BEDS = (get: string) => `
import { SecretStoreError } from '@coffer/core/driver';
import { definition } from './src/definition.ts';
const secrets = new Map();
const create = () => ({
  init: async () => {}, close: async () => {}, features: () => definition.features,
  get: async ({ name }) => ${get},
});
export const testBeds = [{
  definition: { ...definition, create }, package: new URL('./', import.meta.url), backend: { name: 'table', tier: 'memory' },
  start: async () => ({
    settings: { url: 'http://localhost', token: 'x' },
    seed: async (name, values) => { secrets.set(name, values); return {}; },
    remove: async (name) => { secrets.delete(name); },
    close: async () => {},
  }),
}];`;

describe('certify', () => {
  it('writes result, page and badge of a driver that does all, and exits 0', async () => {
    const folder = await driver('right', { testBeds: './test-beds.ts' });
    const ended = await conformance('certify', folder);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { reports } = JSON.parse(await readFile(join(folder, 'conformance.json'), 'utf8')) as ResultFile;
    expect(reports).toMatchObject([
      {
        kit: { name: '@coffer/conformance', contract: 1 },
        driver: { package: 'right', version: '1.2.0', type: 'secretstores.acme' },
        backend: { name: 'fake of Acme', version: '1', tier: 'fake' },
      },
    ]);
    expect(await readFile(join(folder, 'conformance.html'), 'utf8')).toContain('Conformance of right 1.2.0');
    expect(await readFile(join(folder, 'conformance.svg'), 'utf8')).toMatch(/^<svg /);
  });

  it('exits 1 when a check failed, names it and says so on the badge', async () => {
    const folder = await driver('wrong', { testBeds: './beds.js' }, BEDS('({ data: { [name]: "x" } })'));
    const { code, stdout } = await conformance('certify', folder);
    expect(code).toBe(1);
    expect(stdout).toContain('✗ fails with not_found for a name that nobody has put there');
    expect(stdout).toMatch(/wrong 1\.2\.0: not certified on table \(memory\), \d+ passed, \d+ failed/);
    expect(await readFile(join(folder, 'conformance.svg'), 'utf8')).toContain('not certified');
  });

  it('writes nothing when asked for some exercises, and JSON alone on standard output when asked for it', async () => {
    const folder = await driver('some', { testBeds: './beds.js' }, BEDS('({ data: { [name]: "x" } })'));
    const { code, stdout, stderr } = await conformance('certify', folder, '--only', 'get', '--json');
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as ResultFile).reports[0]?.exercises.map(({ name }) => name)).toEqual(['get']);
    expect(stderr).toContain('not certified');
    await expect(readFile(join(folder, 'conformance.json'))).rejects.toThrow('ENOENT');
  });

  it.each([
    ['a package that is not there', async () => 'coffer-store-nowhere', 'neither a folder with a package.json nor an installed'],
    ['no test beds named', () => driver('unnamed', undefined), 'the "coffer" member names no test beds'],
    ['test beds that were left out', () => driver('unshipped', { testBeds: './gone.js' }), 'gone.js is not there'],
    ['a path out of the package', () => driver('outside', { testBeds: '../x.js' }), 'wrong coffer.conformance.testBeds'],
    ['a module that throws', () => driver('throws', { testBeds: './beds.js' }, 'throw new Error("no")'), "can't be imported: no"],
    ['a module without test beds', () => driver('empty', { testBeds: './beds.js' }), 'exports no test beds'],
  ])('exits 2 and says what to do: %s', async (_, make, message) => {
    const { code, stdout, stderr } = await conformance('certify', await make());
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/\nhint: .{10}/);
  });

  it('refuses what it does not understand', async () => {
    for (const argv of [[], ['certfy'], ['certify', '.', '--htlm'], ['certify', ACME, '--only', 'nope']]) {
      expect((await conformance(...argv)).code).toBe(2);
    }
  });
});
