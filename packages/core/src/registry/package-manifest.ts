import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join, posix } from 'node:path';
import { RegistryError } from './registry-error.ts';
import type { DriverManifestEntry } from './types.ts';

/** What of a package.json discovery looks at. */
export interface PackageJson {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly exports?: unknown;
  readonly main?: unknown;
  readonly coffer?: unknown;
}

/** A package that says it is a driver. */
export interface DriverPackage {
  readonly name: string;
  readonly version: string;
  readonly directory: string;
  readonly json: PackageJson;
  readonly stores: readonly DriverManifestEntry[];
}

/** Reads a package.json. Fails with `RegistryError` that names the file. */
export async function readPackageJson(file: string): Promise<PackageJson> {
  try {
    return await parsePackageJson(file);
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new RegistryError(missing ? `${file} does not exist` : `${file} is not readable as JSON`, { cause });
  }
}

async function parsePackageJson(file: string): Promise<PackageJson> {
  const json: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!isObject(json)) throw new SyntaxError('not an object');
  return json;
}

/** The folder of an installed package as Node would find it from `host`, whether or not it exports its package.json. */
export async function findPackage(name: string, host: string): Promise<{ directory: string; json: PackageJson } | undefined> {
  for (const folder of createRequire(join(host, 'package.json')).resolve.paths(name) ?? []) {
    const directory = join(folder, name);
    try {
      return { directory, json: await parsePackageJson(join(directory, 'package.json')) };
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') {
        throw new RegistryError(`package ${name}: ${join(directory, 'package.json')} is not readable as JSON`, {
          hint: `install it again: pnpm add ${name}`,
          cause,
        });
      }
    }
  }
  return undefined;
}

/** The driver that a package.json announces; undefined when it announces none. Fails with `RegistryError`. */
export function driverPackageOf(json: PackageJson, directory: string): DriverPackage | undefined {
  if (json.coffer === undefined) return undefined;
  const { name = basename(directory), version = '0.0.0' } = json;
  const wrong = (what: string, hint: string): RegistryError =>
    new RegistryError(`package ${name}: ${what} in the "coffer" member of ${join(directory, 'package.json')}`, { hint });
  const manifest = json.coffer;
  if (!isObject(manifest)) throw wrong('no object', 'give it contract and stores');
  if (manifest.contract !== 1) {
    throw wrong(
      `contract ${String(manifest.contract)}, and this core knows contract 1,`,
      `use a version of ${name} made for contract 1, or a newer @coffer/core`,
    );
  }
  if (!Array.isArray(manifest.stores))
    throw wrong('no list "stores"', 'list each component type with type, version, module and manifest');
  const stores = manifest.stores.map((entry: unknown, index) => {
    for (const [member, { form, hint }] of Object.entries(ENTRY_FORMS)) {
      const value = isObject(entry) ? entry[member] : undefined;
      if (typeof value !== 'string' || !form.test(value)) throw wrong(`wrong stores[${index}].${member}`, hint);
    }
    return entry as DriverManifestEntry;
  });
  return { name, version, directory, json, stores };
}

/** Where a driver package keeps what concerns its conformance: the `"conformance"` of its `"coffer"` member. */
export interface ConformanceManifest {
  /** Module of the package's sources that exports `testBeds`; it is not published. */
  readonly testBeds?: string;
  /** File of what the last certification found. It is published with the package. */
  readonly result: string;
}

/** Undefined when a package says nothing of its conformance. Fails with `RegistryError`. */
export function conformanceManifestOf({ name, directory, json }: DriverPackage): ConformanceManifest | undefined {
  const given = isObject(json.coffer) ? json.coffer.conformance : undefined;
  if (given === undefined) return undefined;
  const { testBeds, result = './conformance.json' } = isObject(given) ? given : { result: given };
  for (const [member, path] of Object.entries({ testBeds: testBeds ?? '.', result })) {
    if (typeof path === 'string' && SUBPATH.test(path)) continue;
    const file = join(directory, 'package.json');
    throw new RegistryError(`package ${name}: wrong coffer.conformance.${member} in ${file}`, {
      hint: 'give it the path of a file inside the package: ./test/test-beds.ts, ./conformance.json',
    });
  }
  return { result: result as string, ...(testBeds === undefined ? {} : { testBeds: testBeds as string }) };
}

/** A subpath that stays inside the package. */
const SUBPATH = /^\.(?!.*(^|\/)\.\.(\/|$))(\/.+)?$/;
const ENTRY_FORMS: Readonly<Record<keyof DriverManifestEntry, { readonly form: RegExp; readonly hint: string }>> = {
  type: { form: /^secretstores\../i, hint: 'type is a component type: secretstores.acme' },
  version: { form: /^v\d+$/i, hint: 'version is a component version: v1' },
  module: { form: SUBPATH, hint: 'module is the subpath that exports the definition: . or ./definition' },
  manifest: { form: SUBPATH, hint: 'manifest is the subpath of the generated description: ./component.json' },
};

/** File of a subpath of the package, by its own exports map, as an import from inside the package finds it. */
export function resolveSubpath({ name, directory, json }: DriverPackage, subpath: string): string {
  const require = createRequire(join(directory, 'package.json'));
  // Without an exports map every file of a package is a subpath, and the package can't import itself by name.
  if (json.exports === undefined)
    return require.resolve(subpath === '.' && typeof json.main === 'string' ? `./${json.main}` : subpath);
  try {
    return require.resolve(posix.join(name, subpath));
  } catch (cause) {
    // `require` does not look at the condition "import", which may be the only one.
    const target = importTargetOf(json.exports, subpath);
    if (target === undefined) throw cause;
    return join(directory, target);
  }
}

function importTargetOf(exports: unknown, subpath: string): string | undefined {
  const entry = isObject(exports) && Object.keys(exports).some((key) => key.startsWith('.')) ? exports[subpath] : exports;
  const target = isObject(entry) ? (entry.import ?? entry.node ?? entry.default) : undefined;
  if (isObject(target)) return typeof target.default === 'string' ? target.default : undefined;
  return typeof target === 'string' ? target : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
