import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DEFINITION_MARKER, nearestOf, type StoreDefinition } from '../driver/index.ts';
import type { Component } from '../resources/types.ts';
import { descriptionDrift } from './description-drift.ts';
import { OFFICIAL_PACKAGES } from './official-packages.ts';
import {
  conformanceManifestOf,
  type DriverPackage,
  driverPackageOf,
  findPackage,
  readPackageJson,
  resolveSubpath,
} from './package-manifest.ts';
import { RegistryError } from './registry-error.ts';
import type { AvailableStore, DriverManifestEntry, StoreRegistry } from './types.ts';

export interface DiscoverOptions {
  /** Folder of the package.json whose declared dependencies are looked at. */
  readonly host: string;
  /** Only these packages; every declared one when absent. */
  readonly allow?: readonly string[];
  /** Folders of driver packages to take although no dependency declares them. */
  readonly directories?: readonly string[];
}

interface Entry {
  readonly available: AvailableStore;
  /** Names the origin in messages: a package, or the embedder. */
  readonly origin: string;
  readonly load: () => Promise<StoreDefinition>;
}

/** Component types and the drivers that serve them. Listing imports nothing; a driver is imported on first use. */
export class Registry implements StoreRegistry {
  /** Packages that announce a driver and can't be used, each with the reason. */
  readonly problems: RegistryError[] = [];
  readonly #entries = new Map<string, Entry>();

  /**
   * Finds the drivers among the declared dependencies of a host. Packages that can't be used are in `problems` and do
   * not hurt the others; two packages for one type fail with `RegistryError`.
   */
  static async discover(options: DiscoverOptions): Promise<Registry> {
    const registry = new Registry();
    await registry.addHost(options);
    return registry;
  }

  /** Adds the drivers of one more host. */
  async addHost({ host: folder, allow, directories = [] }: DiscoverOptions): Promise<void> {
    const host = resolve(folder);
    const { dependencies, optionalDependencies, peerDependencies } = await readPackageJson(join(host, 'package.json'));
    const required = new Set(Object.keys(dependencies ?? {}));
    const names = new Set([...required, ...Object.keys(optionalDependencies ?? {}), ...Object.keys(peerDependencies ?? {})]);
    for (const name of names) {
      if (allow !== undefined && !allow.includes(name)) continue;
      await this.#orProblem(async () => {
        const found = await findPackage(name, host);
        if (found) return driverPackageOf(found.json, found.directory);
        // Of the packages that are missing only ours and those named like drivers are the registry's business.
        if (required.has(name) && /(^|\/)(coffer-)?store-/.test(name)) {
          throw new RegistryError(`package ${name} is declared in ${join(host, 'package.json')} and not installed`, {
            hint: 'pnpm install',
          });
        }
        return undefined;
      });
    }
    for (const directory of directories.map((path) => resolve(path))) {
      await this.#orProblem(async () => {
        const driver = driverPackageOf(await readPackageJson(join(directory, 'package.json')), directory);
        if (driver) return driver;
        throw new RegistryError(`${directory} is not a driver package`, { hint: 'its package.json has no "coffer" member' });
      });
    }
  }

  register(definition: StoreDefinition): void {
    checkDefinition(definition, 'register()');
    const { type, version } = definition;
    this.#add({ available: { type: type.toLowerCase(), version }, origin: 'register()', load: async () => definition });
  }

  /**
   * Serves the definition's type from now on, whatever served it before: a component that is running where the operator put
   * it wins over a driver that is installed. Fails with `RegistryError` on what is no definition.
   */
  override(definition: StoreDefinition): void {
    checkDefinition(definition, 'override()');
    this.#entries.delete(keyOf(definition.type, definition.version));
    this.register(definition);
  }

  available(): readonly AvailableStore[] {
    return [...this.#entries.values()]
      .map(({ available }) => available)
      .sort((a, b) => (keyOf(a.type, a.version) < keyOf(b.type, b.version) ? -1 : 1));
  }

  async resolve(type: string, version: string): Promise<StoreDefinition> {
    const entry = this.#entries.get(keyOf(type, version));
    if (entry === undefined) throw this.#unknown(type, version);
    return entry.load();
  }

  async drift(type: string, version: string): Promise<string | undefined> {
    const { available, load } = this.#entries.get(keyOf(type, version)) ?? {};
    const { package: origin, manifestFile } = available ?? {};
    if (load === undefined || origin === undefined || manifestFile === undefined || IN_STEP.has(origin.name)) return undefined;
    return await descriptionDrift(manifestFile, await load());
  }

  async #orProblem(find: () => Promise<DriverPackage | undefined>): Promise<void> {
    let driver: DriverPackage | undefined;
    try {
      driver = await find();
    } catch (cause) {
      if (!(cause instanceof RegistryError)) throw cause;
      this.problems.push(cause);
    }
    if (driver === undefined) return;
    const resultFile = this.#resultFileOf(driver);
    for (const store of driver.stores) this.#addPackage(driver, store, resultFile);
  }

  /** A package that names its result wrongly serves all the same. */
  #resultFileOf(driver: DriverPackage): string | undefined {
    try {
      const conformance = conformanceManifestOf(driver);
      return conformance && join(driver.directory, conformance.result);
    } catch (cause) {
      if (!(cause instanceof RegistryError)) throw cause;
      this.problems.push(cause);
      return undefined;
    }
  }

  #addPackage(driver: DriverPackage, store: DriverManifestEntry, resultFile: string | undefined): void {
    this.#add({
      available: {
        type: store.type.toLowerCase(),
        version: store.version,
        package: { name: driver.name, version: driver.version },
        manifestFile: join(driver.directory, store.manifest),
        ...(resultFile === undefined ? {} : { resultFile }),
      },
      origin: `package ${driver.name}`,
      // An import of what is imported already, or just being imported, costs nothing.
      load: () => importDefinition(driver, store),
    });
  }

  #add(entry: Entry): void {
    const { type, version } = entry.available;
    const key = keyOf(type, version);
    const existing = this.#entries.get(key);
    // Two hosts may declare one package, each with a copy of its own: the one of the first host serves.
    if (existing?.available.package && existing.available.package.name === entry.available.package?.name) return;
    if (existing) {
      throw new RegistryError(`component type ${type}/${version} is served twice: by ${existing.origin} and by ${entry.origin}`, {
        hint: 'remove one of them, or name the packages to use',
      });
    }
    this.#entries.set(key, entry);
  }

  #unknown(type: string, version: string): RegistryError {
    const detail = `couldn't find secret store ${type}/${version}`;
    const known = [...this.#entries.values()].map(({ available }) => available);
    const versions = known.filter((available) => available.type === type.toLowerCase()).map((available) => available.version);
    if (versions.length > 0) return new RegistryError(detail, { hint: `${type} has version ${versions.join(', ')}` });
    const official = OFFICIAL_PACKAGES.get(type.toLowerCase());
    if (official !== undefined) return new RegistryError(detail, { hint: `install its driver: pnpm add ${official}` });
    const nearest = nearestType(type, [...known.map((available) => available.type), ...OFFICIAL_PACKAGES.keys()]);
    if (nearest === undefined) {
      const types = known.map((available) => available.type).sort();
      return new RegistryError(detail, {
        hint: types.length === 0 ? 'no driver is installed' : `installed: ${types.join(', ')}`,
      });
    }
    const missing = known.some((available) => available.type === nearest)
      ? ''
      : ` It needs its driver: pnpm add ${OFFICIAL_PACKAGES.get(nearest)}`;
    return new RegistryError(detail, { hint: `did you mean ${nearest}?${missing}` });
  }
}

/** Ours are built and checked together. */
const IN_STEP: ReadonlySet<string> = new Set(OFFICIAL_PACKAGES.values());

/** The type most like the given one. What all types begin with makes none of them more like it. */
function nearestType(type: string, types: readonly string[]): string | undefined {
  if (!type.toLowerCase().startsWith(CATEGORY)) return nearestOf(type, types);
  const nearest = nearestOf(
    type.slice(CATEGORY.length),
    types.map((known) => known.slice(CATEGORY.length)),
  );
  return nearest === undefined ? undefined : CATEGORY + nearest;
}

const CATEGORY = 'secretstores.';

/** Whether a driver is the one for a type and version as a component writes them. */
export function servesType(
  store: Pick<AvailableStore, 'type' | 'version'>,
  wanted: Pick<Component, 'type' | 'version'>,
): boolean {
  return keyOf(store.type, store.version) === keyOf(wanted.type, wanted.version);
}

/** `""`, `v0` and `v1` are one version. */
function keyOf(type: string, version: string): string {
  const lower = version.toLowerCase();
  return `${type.toLowerCase()}/${lower === '' || lower === 'v0' ? 'v1' : lower}`;
}

async function importDefinition(driver: DriverPackage, store: DriverManifestEntry): Promise<StoreDefinition> {
  const origin = `package ${driver.name}`;
  let loaded: { readonly definition?: unknown };
  try {
    loaded = (await import(pathToFileURL(resolveSubpath(driver, store.module)).href)) as { definition?: unknown };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RegistryError(`${origin}: module ${store.module} can't be imported: ${reason}`, {
      hint: `pnpm add ${driver.name}`,
      cause,
    });
  }
  const definition = loaded.definition;
  checkDefinition(definition, origin);
  if (keyOf(definition.type, definition.version) !== keyOf(store.type, store.version)) {
    throw new RegistryError(
      `${origin}: its manifest says ${store.type}/${store.version} and its module ${definition.type}/${definition.version}`,
      { hint: `report it to the maintainers of ${driver.name}` },
    );
  }
  return definition;
}

function checkDefinition(definition: unknown, origin: string): asserts definition is StoreDefinition {
  const { $type, contract, type } = (definition ?? {}) as Partial<Record<keyof StoreDefinition, unknown>>;
  if ($type !== DEFINITION_MARKER || typeof type !== 'string') {
    throw new RegistryError(`${origin}: no export named definition with the marker ${DEFINITION_MARKER}`, {
      hint: 'a driver module exports its definition under the name definition',
    });
  }
  if (contract !== 1) {
    throw new RegistryError(`${origin}: ${type} is written for contract ${String(contract)}, and this core knows contract 1`, {
      hint: 'use a version of the driver made for contract 1, or a newer @coffer/core',
    });
  }
  const members = definition as Readonly<Record<string, unknown>>;
  const wrong = Object.entries(MEMBERS).find(([name, isUsable]) => !isUsable(members[name]));
  if (wrong !== undefined) {
    throw new RegistryError(`${origin}: its definition of ${type} has no usable ${wrong[0]}`, {
      hint: 'report it to the maintainers of the driver; the conformance kit finds such defects',
    });
  }
}

/** What everything that deals with a definition relies on. */
const MEMBERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  version: (value) => typeof value === 'string',
  metadata: (value) => typeof value === 'object' && value !== null,
  requestMetadata: Array.isArray,
  features: Array.isArray,
  create: (value) => typeof value === 'function',
};
