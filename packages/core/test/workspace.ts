import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { Coffer, type CofferOptions, type LoggerFor } from '../src/index.ts';

export interface Shape {
  readonly type?: string;
  readonly metadata?: readonly object[];
  readonly [member: string]: unknown;
}

/** A temporary directory for each test of the file, with `resources` in it, and what is logged. */
export interface Workspace {
  path(...parts: readonly string[]): string;
  /** `level message`, in order. */
  readonly lines: string[];
  write(file: string, text: string): Promise<void>;
  /** Writes `resources/<name>.yaml`. */
  component(name: string, shape?: Shape): Promise<void>;
  start(options?: Partial<CofferOptions>): Promise<Coffer>;
}

export function componentText(
  name: string,
  { type = 'secretstores.memory', metadata = [], spec = {}, ...rest }: Shape = {},
): string {
  return JSON.stringify({
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Component',
    metadata: { name },
    spec: { type, version: 'v1', metadata, ...(spec as object) },
    ...rest,
  });
}

export function useWorkspace(): Workspace {
  let directory = '';
  const lines: string[] = [];
  const loggerFor: LoggerFor = () => {
    const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  };
  beforeEach(async () => {
    lines.length = 0;
    directory = await mkdtemp(join(tmpdir(), 'coffer-core-'));
    await mkdir(join(directory, 'resources'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const workspace: Workspace = {
    path: (...parts) => join(directory, ...parts),
    lines,
    write: (file, text) => writeFile(join(directory, file), text),
    component: (name, shape) => workspace.write(`resources/${name}.yaml`, componentText(name, shape)),
    start: (options = {}) =>
      Coffer.start({ appId: 'app1', resourcesPaths: [join(directory, 'resources')], environment: {}, loggerFor, ...options }),
  };
  return workspace;
}
