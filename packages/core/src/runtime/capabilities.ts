import { Feature, type SecretStore, SecretStoreError, type StoreDefinition } from '../driver/index.ts';

/** Features that are between core and the driver; the reference's own is what the metadata API calls a capability. */
const OWN_FEATURES: ReadonlySet<string> = new Set([Feature.list, Feature.getMany, Feature.ping, Feature.watch]);

/** What the metadata API shows. Words that the driver did not announce are a foreign component's own, whatever they look like. */
export function capabilitiesOf(store: SecretStore, { features }: StoreDefinition): readonly string[] {
  const announced = store.features();
  if (!Array.isArray(announced) || !announced.every((feature) => typeof feature === 'string')) {
    throw new SecretStoreError('internal', 'the driver announces its features with something else than a list of texts');
  }
  return announced.filter((feature) => !(OWN_FEATURES.has(feature) && features.includes(feature)));
}
