import { type SecretData, type SecretTable, type SecretValues, secretTable } from '../driver/index.ts';
import type { Component, ComponentProperty } from '../resources/types.ts';
import { isEnvRefAllowed } from './env-ref.ts';
import { fillTemplates, type TemplateValues } from './templates.ts';

export interface ReferenceContext extends TemplateValues {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Store that `secretKeyRef` means when the component names none; empty: none. */
  readonly defaultSecretStore: string;
  /**
   * Reads a secret for a reference: scopes do not apply to it. Undefined when the store is not loaded.
   * `metadata` carries the component's namespace.
   */
  readonly readSecret: (
    store: string,
    name: string,
    metadata: Readonly<Record<string, string>>,
  ) => Promise<SecretData> | undefined;
  readonly warn: (message: string) => void;
  readonly error: (message: string) => void;
}

/** Properties ready for a driver, or the name of the store that has to be loaded first. */
export type ResolvedReferences =
  | {
      readonly properties: SecretTable<string>;
      readonly fromSecrets: ReadonlySet<string>;
      /** The properties before their templates were filled: they stay the same while nothing changes. */
      readonly texts: SecretTable<string>;
      /** Whether a store could not give a secret: that property is as without the reference. */
      readonly failed: boolean;
    }
  | { readonly waitsFor: string };

/**
 * Turns a component's raw properties into text: environment references, then secret references, in order of appearance,
 * then templates. A reference that can't be followed leaves the property's own value, or the empty string.
 * Fails with an Error when a template can't be filled.
 */
export async function resolveReferences(component: Component, context: ReferenceContext): Promise<ResolvedReferences> {
  const texts: SecretTable<string> = secretTable();
  const fromSecrets = new Set<string>();
  const secrets = new Map<string, SecretValues | undefined>();
  const store = component.secretStore === '' ? context.defaultSecretStore : component.secretStore;
  const isOpen = (property: ComponentProperty): boolean => property.value === undefined && Boolean(property.envRef);
  let storeIsMissing = false;
  let failed = false;

  for (const property of component.properties) {
    const { name, envRef, secretKeyRef } = property;
    texts[name] = property.value ?? '';
    fromSecrets.delete(name);
    if (storeIsMissing) continue;
    if (isOpen(property)) {
      texts[name] = readEnvironment(component, envRef as string, context);
    } else if (secretKeyRef !== undefined && secretKeyRef.name !== '') {
      if (!secrets.has(secretKeyRef.name)) {
        const reading = context.readSecret(store, secretKeyRef.name, { namespace: component.namespace });
        if (reading === undefined) {
          context.warn(`Component ${component.name} references a secret store that isn't loaded: ${store}`);
          if (store !== '') return { waitsFor: store };
          storeIsMissing = true;
          continue;
        }
        const values = await readValues(reading, context);
        secrets.set(secretKeyRef.name, values ?? undefined);
        failed ||= values === undefined;
      }
      const value = secrets.get(secretKeyRef.name)?.[secretKeyRef.key || secretKeyRef.name];
      if (value) {
        texts[name] = value;
        fromSecrets.add(name);
      }
    }
  }
  const properties = secretTable(Object.entries(texts).map(([name, text]) => [name, fillTemplates(name, text, context)]));
  return { properties, fromSecrets, texts, failed };
}

function readEnvironment(component: Component, variable: string, context: ReferenceContext): string {
  if (isEnvRefAllowed(variable, context.environment.DAPR_ENV_KEYS)) return context.environment[variable] ?? '';
  context.warn(`Component ${component.name} references an env variable that isn't allowed: ${variable}`);
  return '';
}

/** Undefined when the store could not give them. */
async function readValues(reading: Promise<SecretData>, context: ReferenceContext): Promise<SecretValues | null | undefined> {
  try {
    return (await reading).data;
  } catch (failure) {
    const detail = failure instanceof Error && 'detail' in failure ? String(failure.detail) : String(failure);
    context.error(`Error getting secret: ${detail}`);
    return undefined;
  }
}
