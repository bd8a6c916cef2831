import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cofferDialect } from '@coffer/core';
import { checkSettings, type Logger } from '@coffer/core/driver';
import { onTestFinished } from 'vitest';
import { definition } from '../src/definition.ts';
import { SopsStore } from '../src/store.ts';

/** A file in `data`: written by sops 3.13.3 for the test keys beside it. */
export function sample(name: string): string {
  return fileURLToPath(new URL(`data/${name}`, import.meta.url));
}

/** The identities in a test key. */
export function testKey(name: 'one' | 'two' | 'hybrid'): string {
  return readFileSync(sample(`insecure-test-key-${name}.txt`), 'utf8');
}

/** The identity itself, without the comments around it. */
export function identityOf(name: 'one' | 'two' | 'hybrid'): string {
  return testKey(name)
    .split('\n')
    .find((line) => line.startsWith('AGE-SECRET-KEY-')) as string;
}

/** A folder of one test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'coffer-sops-'));
  onTestFinished(() => {
    chmodSync(path, 0o700);
    rmSync(path, { recursive: true });
  });
  return path;
}

/** A file of one test. */
export function fileWith(content: string | Buffer, name = 'secrets.yaml'): string {
  const path = join(folder(), name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** A sample with something changed in its text. */
export function changed(name: string, change: (text: string) => string): string {
  const text = readFileSync(sample(name), 'utf8');
  const other = change(text);
  if (other === text) throw new Error('the change changes nothing');
  return fileWith(other, name);
}

export interface Opened {
  readonly store: SopsStore;
  /** What was logged: level and message. */
  readonly lines: readonly string[];
  /** Every secret. */
  bulk(): Promise<Map<string, Record<string, string>>>;
  /** Every secret of a store of single values. */
  values(): Promise<Map<string, string | undefined>>;
}

/** A store of a file, by default opened with the first test key. */
export async function open(
  secretsFile: string,
  properties: Readonly<Record<string, string>> = { ageKey: testKey('one') },
): Promise<Opened> {
  const { metadata, problems } = checkSettings(definition, { ...properties, secretsFile }, 'refused');
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const store = new SopsStore();
  await store.init({ component: 'sops', metadata, dialect: cofferDialect, logger });
  const bulk = async () => {
    const { data } = await store.bulkGet({ metadata: {} });
    return new Map(Object.entries(data ?? {}).map(([name, values]) => [name, { ...values }]));
  };
  const values = async () => new Map([...(await bulk())].map(([name, found]) => [name, found[name]]));
  return { store, lines, bulk, values };
}
