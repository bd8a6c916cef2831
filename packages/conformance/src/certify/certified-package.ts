import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RegistryError } from '@coffer/core';
import { conformanceManifestOf, type DriverPackage, driverPackageOf, findPackage, readPackageJson } from '@coffer/core/internal';
import type { TestBed } from '../test-bed.ts';
import { CannotCertify } from './cannot-certify.ts';

/** A driver package with what it brings to be certified. */
export interface CertifiedPackage {
  readonly driver: DriverPackage;
  readonly testBeds: readonly TestBed[];
  /** Where the result file belongs. */
  readonly resultFile: string;
}

const MEMBER_HINT = 'write "conformance": { "testBeds": "./test/test-beds.ts", "result": "./conformance.json" } into it';

/** Finds a package by its folder or its name, and imports its test beds. Fails with `CannotCertify`. */
export async function readCertifiedPackage(folderOrName: string, workingDirectory: string): Promise<CertifiedPackage> {
  const { driver, manifest } = await orCannotCertify(() => findDriver(folderOrName, workingDirectory));
  const { name, directory } = driver;
  if (manifest?.testBeds === undefined) {
    throw new CannotCertify(`${join(directory, 'package.json')}: the "coffer" member names no test beds`, MEMBER_HINT);
  }
  const file = join(directory, manifest.testBeds);
  if (!existsSync(file)) {
    throw new CannotCertify(
      `${file} is not there`,
      `a published package leaves its test beds out: certify ${name} in a clone of its sources`,
    );
  }
  return { driver, testBeds: await importTestBeds(file), resultFile: join(directory, manifest.result) };
}

async function findDriver(folderOrName: string, workingDirectory: string) {
  const folder = resolve(workingDirectory, folderOrName);
  const found = existsSync(join(folder, 'package.json'))
    ? { directory: folder, json: await readPackageJson(join(folder, 'package.json')) }
    : await findPackage(folderOrName, workingDirectory);
  if (found === undefined) {
    throw new CannotCertify(
      `${folderOrName} is neither a folder with a package.json nor an installed package`,
      'give the folder of a driver package: certify .',
    );
  }
  const driver = driverPackageOf(found.json, found.directory);
  if (driver === undefined) {
    throw new CannotCertify(
      `${join(found.directory, 'package.json')} has no "coffer" member: this package is no driver`,
      'npm create @coffer/driver shows how a driver package looks',
    );
  }
  return { driver, manifest: conformanceManifestOf(driver) };
}

async function importTestBeds(file: string): Promise<readonly TestBed[]> {
  let loaded: { readonly testBeds?: unknown };
  try {
    loaded = (await import(pathToFileURL(file).href)) as { testBeds?: unknown };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CannotCertify(
      `${file} can't be imported: ${reason}`,
      'build the package first; test beds run as they are in this Node',
    );
  }
  const { testBeds } = loaded;
  if (!Array.isArray(testBeds) || testBeds.length === 0 || !testBeds.every(isTestBed)) {
    throw new CannotCertify(
      `${file} exports no test beds`,
      'export const testBeds: readonly TestBed[] = [{ definition, package, backend, start }]',
    );
  }
  return testBeds;
}

function isTestBed(value: unknown): value is TestBed {
  const bed = value as Partial<TestBed> | null;
  return typeof bed === 'object' && bed !== null && typeof bed.start === 'function' && typeof bed.definition === 'object';
}

async function orCannotCertify<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof RegistryError) throw new CannotCertify(cause.detail, cause.hint ?? '');
    throw cause;
  }
}
