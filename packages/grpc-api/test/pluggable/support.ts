import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Coffer, cofferDialect, type Dialect, type LoggerFor, Registry } from '@coffer/core';
import { discoverComponents, type PluggableComponents } from '../../src/pluggable/index.ts';

/** A temporary folder with a short path, as unix sockets need it. */
export interface Folder extends Disposable {
  readonly path: string;
  /** Path of a socket in it. */
  socket(name: string): string;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'plug-'));
  return {
    path,
    socket: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Loggers that keep their lines as `level message`. */
export function keptLog(): { readonly lines: string[]; readonly loggerFor: LoggerFor } {
  const lines: string[] = [];
  const keep = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const logger = { debug: keep('debug'), info: keep('info'), warn: keep('warning'), error: keep('error') };
  return { lines, loggerFor: () => logger };
}

export interface Host extends AsyncDisposable {
  readonly coffer: Coffer;
  readonly lines: readonly string[];
  readonly pluggable: PluggableComponents;
}

export interface HostOptions {
  readonly dialect?: Dialect;
  /** YAML of each component by file name; `secretstores.fake` as component `fake` by default. */
  readonly components?: Readonly<Record<string, string>>;
  /** Milliseconds for a socket to answer. */
  readonly timeout?: number;
}

/** A component file. */
export function componentFile(name: string, type: string, settings: Readonly<Record<string, string>> = {}, more = ''): string {
  const metadata = Object.entries(settings).map(([key, value]) => `    - name: ${key}\n      value: ${JSON.stringify(value)}\n`);
  return `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: ${JSON.stringify(name)}
spec:
  type: ${type}
  version: v1
${more}${metadata.length === 0 ? '' : `  metadata:\n${metadata.join('')}`}`;
}

/** A running Coffer that has looked for pluggable components in the folder. */
export async function startHost(folder: Folder, options: HostOptions = {}): Promise<Host> {
  const { dialect = cofferDialect, components = { 'fake.yaml': componentFile('fake', 'secretstores.fake') }, timeout } = options;
  const { lines, loggerFor } = keptLog();
  const resources = mkdtempSync(join(folder.path, 'resources-'));
  for (const [name, text] of Object.entries(components)) writeFileSync(join(resources, name), text);
  const pluggable = await discoverComponents({ folder: folder.path, dialect, loggerFor, timeout });
  const registry = new Registry();
  for (const definition of pluggable.definitions) registry.override(definition);
  const coffer = await Coffer.start({
    appId: 'app1',
    resourcesPaths: [resources],
    registry,
    dialect,
    loggerFor,
    environment: {},
  });
  return { coffer, lines, pluggable, [Symbol.asyncDispose]: () => coffer.close(100) };
}

/** What a process leaves behind that was killed. */
export function leaveStaleSocket(path: string): void {
  const script = 'require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))';
  const { signal } = spawnSync(process.execPath, ['-e', script, path], { stdio: 'ignore' });
  if (signal !== 'SIGKILL') throw new Error(`no socket was left at ${path}`);
}
