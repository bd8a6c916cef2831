import { fileURLToPath } from 'node:url';
import { Registry } from '@coffer/core';
import type { Logger } from '@coffer/core/driver';

/** Drivers that this package declares as dependencies, and those of the folders given by flag. */
export async function discoverDrivers(driverPaths: readonly string[], logger: Logger): Promise<Registry> {
  const registry = await Registry.discover({ host: fileURLToPath(new URL('..', import.meta.url)) });
  for (const host of driverPaths) await registry.addHost({ host });
  for (const problem of registry.problems) logger.warn(problem.message);
  return registry;
}
