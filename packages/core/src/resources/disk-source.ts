import { stat } from 'node:fs/promises';
import { osErrorText } from '../driver/index.ts';
import { loadConfiguration } from './configuration.ts';
import { DirectoryError } from './directory.ts';
import { readComponents } from './read-components.ts';
import { readResiliency } from './resiliency.ts';
import type { ReadableComponents, ResourceSource, UnreadableResource } from './source.ts';

export interface DiskSourceOptions {
  /** Directories with resource files, read in this order. */
  readonly directories: readonly string[];
  /** Configuration files, merged in this order. They are not watched. */
  readonly configurationFiles: readonly string[];
}

/** Resources from directories, and the Configuration from files. */
export function diskSource({ directories, configurationFiles }: DiskSourceOptions): ResourceSource {
  return {
    readConfiguration: (environment) => loadConfiguration(configurationFiles, environment),
    readComponents: () => readEach(directories),
    readResiliency: (appId) => readResiliency(directories, appId),
    watch: () => refuseMissing(directories),
  };
}

/** A directory that can't be read does not keep the others from being read. */
async function readEach(directories: readonly string[]): Promise<ReadableComponents> {
  const components = [];
  const problems = [];
  const warnings = [];
  const unreadable: UnreadableResource[] = [];
  for (const directory of directories) {
    try {
      const read = await readComponents([directory]);
      components.push(...read.components);
      problems.push(...read.problems);
      warnings.push(...read.warnings);
    } catch (cause) {
      if (!(cause instanceof DirectoryError)) throw cause;
      unreadable.push({ kind: 'directory', path: directory, message: cause.message });
    }
  }
  return { components, problems, warnings, unreadable };
}

async function refuseMissing(directories: readonly string[]): Promise<void> {
  for (const directory of directories) {
    await stat(directory).catch((cause) => {
      throw new Error(`failed to create watcher: failed to add target ${directory}: ${osErrorText(cause)}`, { cause });
    });
  }
}
