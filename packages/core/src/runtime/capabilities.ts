import { Feature, type SecretStore, type StoreDefinition } from '../driver/index.ts';

/** Features that are between core and the driver; the reference's own is what the metadata API calls a capability. */
const OWN_FEATURES: ReadonlySet<string> = new Set([Feature.list, Feature.getMany, Feature.ping, Feature.watch]);

/** What the metadata API shows. Words that the driver did not announce are a foreign component's own, whatever they look like. */
export function capabilitiesOf(store: SecretStore, { features }: StoreDefinition): readonly string[] {
  return store.features().filter((feature) => !(OWN_FEATURES.has(feature) && features.includes(feature)));
}
