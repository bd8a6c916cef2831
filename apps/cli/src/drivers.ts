import { access, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Registry } from '@coffer/core';
import { Failure } from './failure.ts';

/** Folder of this package, whose own dependencies bring the local stores. */
const OWN_HOST = fileURLToPath(new URL('..', import.meta.url));

/**
 * Drivers that the directories of `--driver-path` declare (or are), then those of the package.json of the current
 * directory, then the CLI's own. The first to serve a type wins.
 */
export async function discoverDrivers(driverPaths: readonly string[]): Promise<Registry> {
  const { Registry, RegistryError } = await import('@coffer/core');
  const registry = new Registry();
  for (const path of driverPaths) {
    const host = resolve(path);
    if (!(await hasPackageJson(host))) {
      throw new Failure('usage', `${path} has no package.json`, {
        hint: '--driver-path names a folder whose package.json declares drivers',
      });
    }
    await addHost(registry, host, await isDriver(host));
  }
  const here = process.cwd();
  if (await hasPackageJson(here)) {
    await addHost(registry, here, false).catch((cause) => {
      // The folder that the user happens to be in must not stop the others.
      if (!(cause instanceof RegistryError)) throw cause;
      registry.problems.push(cause);
    });
  }
  await addHost(registry, OWN_HOST, false);
  return registry;
}

async function addHost(registry: Registry, host: string, isDriverItself: boolean): Promise<void> {
  const { Registry } = await import('@coffer/core');
  const directories = isDriverItself ? [host] : [];
  const found = await Registry.discover({ host, directories });
  const served = new Set(registry.available().map(({ type, version }) => `${type}/${version}`));
  const taken = new Set(
    found.available().flatMap((store) => (served.has(`${store.type}/${store.version}`) ? [store.package?.name] : [])),
  );
  const allow = found.available().flatMap(({ package: origin }) => (origin && !taken.has(origin.name) ? [origin.name] : []));
  registry.problems.push(...found.problems);
  await registry.addHost({ host, allow, directories });
}

async function hasPackageJson(directory: string): Promise<boolean> {
  return access(join(directory, 'package.json')).then(
    () => true,
    () => false,
  );
}

async function isDriver(directory: string): Promise<boolean> {
  try {
    const json = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as { readonly coffer?: unknown };
    return json.coffer !== undefined;
  } catch (cause) {
    throw new Failure('configuration', `${join(directory, 'package.json')} is not readable as JSON`, { cause });
  }
}
