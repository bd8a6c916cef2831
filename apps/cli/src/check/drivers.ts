import { type AvailableStore, type Component, type ConformanceClaim, type Registry, readConformance } from '@coffer/core';
import { servesType } from '@coffer/core/internal';
import { isStore } from './model.ts';

/** A driver that the components use, and what its package says of its certification. */
export interface UsedDriver {
  readonly type: string;
  readonly version: string;
  /** `name@version`; empty for one that the embedder registered itself. */
  readonly package: string;
  readonly conformance: ConformanceClaim;
  /** What the package's description says otherwise than the driver, in words. */
  readonly drift?: string;
}

/** The drivers that serve these components, each once, by type. */
export async function usedDrivers(components: readonly Component[], registry: Registry): Promise<readonly UsedDriver[]> {
  const stores = components.filter(isStore);
  const used = registry.available().filter((available) => stores.some((component) => servesType(available, component)));
  return Promise.all(used.map((store) => describe(store, registry)));
}

async function describe(store: AvailableStore, registry: Registry): Promise<UsedDriver> {
  const { type, version, package: origin } = store;
  const name = origin === undefined ? '' : `${origin.name}@${origin.version}`;
  // A driver that can't be imported is a finding of its own.
  const drift = await registry.drift(type, version).catch(() => undefined);
  return { type, version, package: name, conformance: await readConformance(store), ...(drift === undefined ? {} : { drift }) };
}

/** `certified by kit 1.0.0 on OpenBao 2.7.2 (real): 61 passed, 3 skipped`. */
export function conformanceText({ state, kit, backends }: ConformanceClaim): string {
  if (state === 'none') return 'not certified: its package has no result';
  if (state === 'unreadable') return 'not certified: the result in its package is not readable';
  const on = backends.map(({ name, version, tier, passed, failed, skipped }) => {
    const counts = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`];
    const backend = version === undefined ? name : `${name} ${version}`;
    return `${backend} (${tier}): ${counts.filter((each) => each !== false).join(', ')}`;
  });
  const words = { certified: 'certified', failed: 'not certified', outdated: 'not certified in this version' }[state];
  return kit === undefined ? words : `${words} by kit ${kit} on ${on.join('; ')}`;
}
