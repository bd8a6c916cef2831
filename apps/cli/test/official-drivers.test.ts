import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeDefinition, type StoreDefinition, settingsTable } from '@coffer/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { coffer } from './support/coffer.ts';

const STORES = fileURLToPath(new URL('../../../packages/stores/', import.meta.url));
const folders = readdirSync(STORES).filter((name) => existsSync(join(STORES, name, 'package.json')));

/** A component that stands in the documentation of a driver. */
interface Documented {
  readonly place: string;
  readonly text: string;
}

function documentedIn(folder: string): readonly Documented[] {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```yaml\n(apiVersion: dapr\.io[\s\S]*?)```/g)].map(([, text = ''], index) => ({
    place: `README.md, component ${index + 1}`,
    text,
  }));
  const examples = existsSync(join(folder, 'examples')) ? readdirSync(join(folder, 'examples')) : [];
  return [...blocks, ...examples.map((name) => ({ place: name, text: readFileSync(join(folder, 'examples', name), 'utf8') }))];
}

/** What `coffer check` says of a component in a directory of its own, but for secrets that are written down as examples. */
async function findingsOf(text: string): Promise<readonly string[]> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'coffer-documented-')));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'component.yaml'), text);
  const { stdout, stderr } = await coffer(directory, ['check', '--json', directory]);
  expect(stderr).toBe('');
  const { findings, components } = JSON.parse(stdout) as {
    readonly findings: readonly { readonly severity: string; readonly message: string }[];
    readonly components: number;
  };
  expect(components).toBeGreaterThan(0);
  return findings
    .filter(({ severity, message }) => severity !== 'note' && !message.endsWith('is a secret and stands in the file'))
    .map(({ severity, message }) => `${severity} ${message}`);
}

describe.each(folders.map((name) => [name, join(STORES, name)] as const))('the driver in %s', (_, folder) => {
  const file = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const { name, coffer: announced, exports } = JSON.parse(file('package.json'));
  const definition = async (): Promise<StoreDefinition> => (await import(`${name}/definition`)).definition;

  // pnpm build writes what derives from the definition; this fails when somebody forgot.
  it('has its definition in component.json, in the README and in package.json', async () => {
    const own = await definition();
    expect(JSON.parse(file('component.json'))).toEqual(JSON.parse(JSON.stringify(describeDefinition(own))));
    expect(file('README.md')).toContain(settingsTable(own.metadata));
    const { type, version, contract } = own;
    const { conformance: _, ...driver } = announced;
    expect(driver).toEqual({ contract, stores: [{ type, version, module: './definition', manifest: './component.json' }] });
    expect(Object.keys(exports)).toEqual(['.', './definition', './component.json', './package.json']);
  });

  const documented = documentedIn(folder);
  it('has a component in its documentation', () => expect(documented.length, basename(folder)).toBeGreaterThan(0));

  it.each(documented)('has a component that coffer check has nothing against: $place', async ({ text }) => {
    expect(text).toContain((await definition()).type);
    expect(await findingsOf(text)).toEqual([]);
  });
});
