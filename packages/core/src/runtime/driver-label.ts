import { servesType } from '../registry/registry.ts';
import type { StoreRegistry } from '../registry/types.ts';
import { type Component, logNameOf } from '../resources/types.ts';

/** Who is at work for a component, for messages: `vault (secretstores.acme/v1, package coffer-store-acme@1.2.0)`. */
export function driverLabel(component: Component, registry: Pick<StoreRegistry, 'available'>): string {
  const name = packageOf(component, registry);
  const label = logNameOf(component);
  return name === undefined ? label : label.replace(/\)$/, `, package ${name})`);
}

/** `name@version` of the package that serves a component; undefined when the embedder brought the driver itself. */
export function packageOf(component: Component, registry: Pick<StoreRegistry, 'available'>): string | undefined {
  const served = registry.available().find((store) => servesType(store, component));
  return served?.package && `${served.package.name}@${served.package.version}`;
}
