import { setMaxListeners } from 'node:events';
import { type Logger, osErrorText } from '../driver/index.ts';
import { loadConfiguration } from './configuration.ts';
import { DirectoryError } from './directory.ts';
import { type ReadComponents, readComponents, type UnreadableResource } from './read-components.ts';
import { readResiliency } from './resiliency.ts';
import { type Contents, contentsOf, untilSettled } from './settled.ts';
import type { ResourceSource } from './source.ts';
import { watchDirectory } from './watch-directory.ts';

export interface DiskSourceOptions {
  /** Directories with resource files, read in this order. */
  readonly directories: readonly string[];
  /** Configuration files, merged in this order. They are not watched. */
  readonly configurationFiles: readonly string[];
  readonly logger: Logger;
}

/** Resources from the files directly in some directories, and the Configuration from files. */
export function diskSource({ directories, configurationFiles, logger }: DiskSourceOptions): ResourceSource {
  let contents: Contents = new Map();
  return {
    readConfiguration: (environment) => loadConfiguration(configurationFiles, environment),
    readComponents: () => readEach(directories),
    readResiliency: (appId) => readResiliency(directories, appId),
    async settled(signal) {
      contents = await untilSettled(directories, contents, signal);
    },
    async watch(changed, signal) {
      setMaxListeners(0, signal);
      for (const directory of directories) {
        await watchDirectory(directory, () => changed('resources'), signal, logger).catch((cause) => {
          const reason = osErrorText(cause);
          throw new Error(`failed to create watcher: failed to add target ${directory}: ${reason}`, { cause });
        });
      }
      contents = await contentsOf(directories);
      logger.info(`Watching directories: [${directories.join(', ')}]`);
    },
  };
}

/** A directory that can't be listed does not keep the others from being read. */
async function readEach(directories: readonly string[]): Promise<ReadComponents> {
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
      unreadable.push(...read.unreadable);
    } catch (cause) {
      if (!(cause instanceof DirectoryError)) throw cause;
      unreadable.push({ kind: 'directory', path: directory, message: cause.message });
    }
  }
  return { components, problems, warnings, unreadable };
}
