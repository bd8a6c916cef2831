import { resolve } from 'node:path';
import { type DriverForm, driverFiles } from './driver-files.ts';
import { driverNames } from './driver-names.ts';
import { writeFiles } from './write-files.ts';

export interface DriverOptions {
  /** Name of the npm package. */
  readonly name: string;
  /** Component type; by default `secretstores.` and the package's own part of its name. */
  readonly type?: string | undefined;
  /** For people; by default made of the name. */
  readonly title?: string | undefined;
  /** Where the package goes. It is made, and empty if it is there. */
  readonly directory: string;
  /** `own` by default: a package with tools of its own. */
  readonly form?: DriverForm;
  /** Puts the driver into a folder that is not empty. */
  readonly force?: boolean;
}

export interface NewDriver {
  /** Absolute. */
  readonly directory: string;
  readonly type: string;
  /** Paths of the files that were written, and of those among them that were there before. */
  readonly files: readonly string[];
  readonly replaced: readonly string[];
}

/** Writes the package of a new driver: all of it or nothing. Fails with `UnusableInput`. */
export async function createDriver({ form = 'own', force, ...given }: DriverOptions): Promise<NewDriver> {
  // In the repository the stores that are still to be written have their types already.
  const names = driverNames({ package: given.name, type: given.type, title: given.title }, form === 'own' ? undefined : {});
  const directory = resolve(given.directory);
  const files = await driverFiles(names, form);
  const replaced = await writeFiles(directory, files, { force });
  return { directory, type: names.type, files: [...files.keys()], replaced };
}
