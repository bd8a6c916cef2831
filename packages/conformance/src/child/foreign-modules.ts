import { realpath } from 'node:fs/promises';
import { findPackageJSON, isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPackageJson } from '@coffer/core/internal';
import type { SideEffects } from './task.ts';

/** What was loaded that is neither the driver's own nor of the contract. */
export interface ForeignModules {
  /** Modules of Node that speak to a network or start programs. */
  readonly network: readonly string[];
  /** Names of other packages. */
  readonly packages: readonly string[];
  /** How many modules of them, and their size. */
  readonly modules: number;
  readonly bytes: number;
}

const NETWORK =
  /^node:(http|https|http2|net|tls|dgram|dns|dns\/promises|child_process|worker_threads|cluster|inspector|inspector\/promises|vm)$/;
const CONTRACT = '@coffer/core';

export async function foreignModulesOf(loaded: SideEffects['modules'], folder: URL): Promise<ForeignModules> {
  const own = await realpath(fileURLToPath(folder));
  const network: string[] = [];
  const packages = new Set<string>();
  let modules = 0;
  let bytes = 0;
  for (const module of loaded) {
    if (isBuiltin(module.url)) {
      const name = module.url.startsWith('node:') ? module.url : `node:${module.url}`;
      if (NETWORK.test(name)) network.push(name);
      continue;
    }
    const manifest = module.url.startsWith('file:') ? findPackageJSON('.', module.url) : undefined;
    if (manifest === undefined || dirname(manifest) === own) continue;
    const { name = manifest } = await readPackageJson(manifest);
    if (name === CONTRACT) continue;
    packages.add(name);
    modules++;
    bytes += module.bytes;
  }
  return { network, packages: [...packages], modules, bytes };
}
