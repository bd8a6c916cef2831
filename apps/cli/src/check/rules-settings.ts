import type { Component, ComponentProperty } from '@coffer/core';
import { checkSettings, type MetadataField, type MetadataSchema } from '@coffer/core/driver';
import { hasTemplates } from '@coffer/core/internal';
import type { Finding } from './finding.ts';
import { type Model, placeIn, placeOfProperty } from './model.ts';

/** Settings against the driver's own declaration of them. */
export function* settingRules(model: Model): Iterable<Finding> {
  for (const component of model.components) {
    yield* repeated(model, component);
    const definition = model.definitions.get(component);
    if (definition === undefined) continue;
    const { metadata: schema, check } = definition;
    // Secrets may be missing here: a driver looks at whether they are given.
    const isWhole = component.properties.every((property) => isKnown(property) || fieldOf(schema, property.name)?.sensitive);
    const whole = isWhole && check !== undefined ? { metadata: schema, check } : { metadata: schema };
    const { problems } = checkSettings(whole, knownProperties(component, schema), model.doubtfulSettings);
    for (const { severity, name, message, hint } of problems) {
      const property = component.properties.findLast((given) => given.name.toLowerCase() === name.toLowerCase());
      const place = property ? placeOfProperty(model, component, property) : placeIn(model, component, ['spec', 'metadata']);
      // A driver may have the reference's words for it, which do not name the setting.
      const isMissing = schema[name]?.missingMessage === message;
      yield { severity, ...place, message: isMissing ? `setting ${name} is required` : message, hint };
    }
    yield* inlineSecrets(model, component, schema);
  }
}

function* repeated(model: Model, component: Component): Iterable<Finding> {
  const seen = new Set<string>();
  for (const property of component.properties) {
    const { name } = property;
    const place = placeOfProperty(model, component, property);
    if (name === '') yield { severity: 'error', ...place, message: 'a setting has no name', hint: 'write name and value' };
    else if (seen.has(name)) {
      yield {
        severity: 'warning',
        ...place,
        message: `setting ${name} is given twice: the last one counts`,
        hint: 'keep one of them',
      };
    }
    seen.add(name);
  }
}

/** A value in the file for a setting that is a secret. */
function* inlineSecrets(model: Model, component: Component, schema: MetadataSchema): Iterable<Finding> {
  for (const property of component.properties) {
    if (property.value === undefined || property.value === '' || !fieldOf(schema, property.name)?.sensitive) continue;
    const store = component.secretStore === '' ? ' and auth.secretStore' : '';
    yield {
      severity: 'warning',
      ...placeOfProperty(model, component, property),
      message: `setting ${property.name} is a secret and stands in the file`,
      hint: `move it into a secret store: use secretKeyRef${store}, or envRef`,
    };
  }
}

/** Values that the file gives; in place of those that are only known at start something that its setting accepts. */
function knownProperties(component: Component, schema: MetadataSchema): Record<string, string> {
  const properties: Record<string, string> = Object.create(null);
  for (const property of component.properties.filter(({ name }) => name !== '')) {
    properties[property.name] = isKnown(property) ? (property.value ?? '') : acceptedValue(fieldOf(schema, property.name));
  }
  return properties;
}

function isKnown({ value, envRef, secretKeyRef }: ComponentProperty): boolean {
  // A template is filled in at start, too.
  return (value !== undefined || envRef === undefined) && !secretKeyRef?.name && !(value !== undefined && hasTemplates(value));
}

function acceptedValue(field: MetadataField | undefined): string {
  return (
    field?.allowed?.[0] ??
    (field === undefined || field.type === 'string' || field.type === 'list' || field.type === 'rest' ? 'known at start' : '0')
  );
}

function fieldOf(schema: MetadataSchema, name: string): MetadataField | undefined {
  const lower = name.toLowerCase();
  const fields = Object.entries(schema);
  const named = fields.find(
    ([field, { type, aliases = [] }]) =>
      type !== 'rest' && [field, ...aliases].some((spelling) => spelling.toLowerCase() === lower),
  );
  return (named ?? fields.find(([, { type }]) => type === 'rest'))?.[1];
}
