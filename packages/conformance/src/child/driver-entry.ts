import { posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cofferDialect, RegistryError } from '@coffer/core';
import { type DriverPackage, driverPackageOf, readPackageJson } from '@coffer/core/internal';
import type { CheckContext } from '../check-context.ts';
import { CheckFailure } from '../exercise.ts';
import { type ChildEnding, runChild } from './run-child.ts';
import type { ChildTask } from './task.ts';

/** What the driver is put to in a process of its own. */
export type UseOfDriver = Omit<ChildTask, 'specifier' | 'from' | 'dialect'>;

/** The package of the driver as the registry reads it. Fails with `CheckFailure` on what the registry would not take. */
export async function driverPackageIn(folder: URL): Promise<DriverPackage> {
  try {
    const driver = driverPackageOf(await readPackageJson(fileURLToPath(new URL('package.json', folder))), fileURLToPath(folder));
    if (driver !== undefined) return driver;
    throw new CheckFailure('package.json has no "coffer" member: nobody finds this driver');
  } catch (cause) {
    if (cause instanceof RegistryError)
      throw new CheckFailure(cause.hint === undefined ? cause.detail : `${cause.detail}: ${cause.hint}`);
    throw cause;
  }
}

/** The entry of `coffer.stores` for the test bed's component type. */
export function storeEntryOf(
  { name, stores }: DriverPackage,
  { definition }: Pick<CheckContext, 'definition'>,
): DriverPackage['stores'][number] {
  const { type, version } = definition;
  const entry = stores.find((each) => each.type.toLowerCase() === type.toLowerCase() && each.version === version);
  if (entry !== undefined) return entry;
  const listed = stores.map((each) => `${each.type}/${each.version}`).join(', ');
  throw new CheckFailure(
    `package ${name}: "coffer.stores" of package.json lists ${listed || 'nothing'}, and not ${type}/${version}`,
  );
}

/** Imports the driver in a process of its own, as the registry would from a folder, and does more with it. */
export async function inProcessOfItsOwn(
  context: CheckContext,
  use: UseOfDriver,
  folder: URL = context.testBed.package,
): Promise<ChildEnding> {
  const driver = await driverPackageIn(folder);
  const { module } = storeEntryOf(driver, context);
  const { name, json } = driver;
  const file = module === '.' && typeof json.main === 'string' ? json.main : module;
  // Without an exports map a package can't import itself by name.
  const specifier = json.exports === undefined ? new URL(file, folder).href : posix.join(name, module);
  const { signal, testBed, backend } = context;
  const ending = await runChild(
    { ...use, dialect: cofferDialect, specifier, from: new URL('package.json', pathToFileURL(`${driver.directory}/`)).href },
    { signal, conditions: testBed.conditions, environment: backend.environment },
  );
  const { importFailure, definition } = ending.report;
  if (importFailure !== undefined)
    throw new CheckFailure(`package ${name}: module ${module} can't be imported: ${importFailure}`);
  if (definition === undefined) throw new CheckFailure(`package ${name}: module ${module} has no export named definition`);
  return ending;
}
