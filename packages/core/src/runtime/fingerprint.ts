import { createHmac, randomBytes } from 'node:crypto';
import type { SecretTable } from '../driver/index.ts';
import type { Component } from '../resources/types.ts';

/** What of a component's document counts as a change: spec, auth and scopes; not its place, labels or namespace. */
export function contentOf(component: Component): string {
  const { type, version, ignoreErrors, initTimeout, secretStore, scopes } = component;
  const properties = component.properties.map(({ name, value, envRef, secretKeyRef }) => [name, value, envRef, secretKeyRef]);
  return JSON.stringify([type, version, ignoreErrors, initTimeout, properties, secretStore, scopes]);
}

/** Whether something beside its document can change what a component is started with. */
export function hasReferences({ properties }: Component): boolean {
  return properties.some(({ envRef, secretKeyRef }) => Boolean(envRef) || Boolean(secretKeyRef?.name));
}

const KEY = randomBytes(32);

/** Tells a changed component by content and resolved references, without keeping the secrets among them. */
export function fingerprintOf(component: Component, texts: SecretTable<string>): string {
  return createHmac('sha256', KEY)
    .update(contentOf(component))
    .update(JSON.stringify(Object.entries(texts)))
    .digest('base64');
}
