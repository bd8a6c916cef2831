import { setMaxListeners } from 'node:events';
import { type CallOptions, type Logger, osErrorText } from '../driver/index.ts';
import { loadConfiguration } from './configuration.ts';
import { DirectoryError } from './directory.ts';
import { type ReadComponents, readComponents, type UnreadableResource } from './read-components.ts';
import { readResiliency } from './resiliency.ts';
import { type Contents, contentsOf, isSameContents, untilSettled } from './settled.ts';
import type { ResourceSource } from './source.ts';
import { watchDirectory } from './watch-directory.ts';

export interface DiskSourceOptions {
  /** Directories with resource files, read in this order. */
  readonly directories: readonly string[];
  /** Configuration files, merged in this order. They are not watched. */
  readonly configurationFiles: readonly string[];
  readonly logger: Logger;
}

/** How often a reading is done again because a file changed meanwhile. */
const ATTEMPTS = 20;

/** Resources from the files directly in some directories, and the Configuration from files. */
export function diskSource({ directories, configurationFiles, logger }: DiskSourceOptions): ResourceSource {
  /** What was there when the directories were last looked at; unknown before the first time. */
  let contents: Contents | undefined;

  async function settle(signal: AbortSignal | undefined): Promise<void> {
    contents = await untilSettled(directories, contents ?? new Map(), signal);
  }

  /** Reads until nothing changes while it does: a file that is emptied to be written anew must not look like a deleted one. */
  async function whole<Result>(read: () => Promise<Result>, { signal }: CallOptions = {}): Promise<Result> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const result = await read();
      if (contents === undefined || isSameContents(contents, await contentsOf(directories))) return result;
      await settle(signal);
    }
    throw new Error(`files in ${directories.join(', ')} change all the time`);
  }

  return {
    readConfiguration: (environment) => loadConfiguration(configurationFiles, environment),
    readComponents: (options) => whole(() => readEach(directories), options),
    readResiliency: (appId, options) => whole(() => readResiliency(directories, appId), options),
    settled: settle,
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
