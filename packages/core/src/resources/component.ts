import { parseGoDuration } from '../driver/index.ts';
import {
  booleanOf,
  membersOf,
  propertyTextOf,
  shapeError,
  stringListOf,
  stringMapOf,
  stringOf,
  type UnknownMember,
} from './decode.ts';
import type { Component, ComponentProperty, Source } from './types.ts';
import { YamlError, type YamlValue } from './yaml-document.ts';

const INIT_TIMEOUT_MILLISECONDS = 5000;
export const API_VERSION = 'dapr.io/v1alpha1';

/** Whether a document says that it is of a kind. Its other members are not looked at. */
export function isOfKind(value: YamlValue, kind: string): boolean {
  const { apiVersion, kind: given } = membersOf(value, '', ['apiVersion', 'kind']);
  return stringOf(apiVersion, 'apiVersion') === API_VERSION && stringOf(given, 'kind') === kind;
}

/** Decodes a document of kind Component. Fails with `YamlError` that names the member. */
export function decodeComponent(value: YamlValue, source: Source, unknown: UnknownMember): Component {
  const top = membersOf(value, '', ['apiVersion', 'kind', 'metadata', 'spec', 'auth', 'scopes', 'status'], unknown);
  // Kubernetes has many more members of metadata; none of them concerns a component.
  const metadata = membersOf(top.metadata, 'metadata', ['name', 'namespace', 'annotations', 'labels']);
  const spec = membersOf(top.spec, 'spec', ['type', 'version', 'ignoreErrors', 'initTimeout', 'metadata'], unknown);
  const auth = membersOf(top.auth, 'auth', ['secretStore'], unknown);
  stringMapOf(metadata.labels, 'metadata.labels');
  const name = stringOf(metadata.name, 'metadata.name');
  const component: Component = {
    name,
    namespace: stringOf(metadata.namespace, 'metadata.namespace'),
    annotations: stringMapOf(metadata.annotations, 'metadata.annotations'),
    type: stringOf(spec.type, 'spec.type'),
    version: stringOf(spec.version, 'spec.version'),
    ignoreErrors: booleanOf(spec.ignoreErrors, 'spec.ignoreErrors', false),
    initTimeout: initTimeoutOf(stringOf(spec.initTimeout, 'spec.initTimeout')),
    properties: propertiesOf(spec.metadata, unknown),
    secretStore: stringOf(auth.secretStore, 'auth.secretStore'),
    scopes: stringListOf(top.scopes, 'scopes'),
    source,
  };
  const problem = nameProblem(name);
  if (problem !== undefined) {
    const { line, column } = metadata.name ?? value;
    throw new YamlError(`invalid name "${name}" for "Component": ${problem}`, line, column);
  }
  return component;
}

function nameProblem(name: string): string | undefined {
  if (name === '.' || name === '..') return `may not be '${name}'`;
  if (name.includes('/')) return "may not contain '/'";
  if (name.includes('%')) return "may not contain '%'";
  return undefined;
}

function initTimeoutOf(text: string): number {
  const milliseconds = parseGoDuration(text);
  return milliseconds !== undefined && milliseconds > 0 ? milliseconds : INIT_TIMEOUT_MILLISECONDS;
}

function propertiesOf(value: YamlValue | undefined, unknown: UnknownMember): ComponentProperty[] {
  if (value === undefined) return [];
  if (value.kind !== 'list') throw shapeError('spec.metadata', value, 'a list of name and value');
  return value.items.map((item, index) => {
    const path = `spec.metadata[${index}]`;
    const {
      name,
      value: given,
      secretKeyRef,
      envRef,
    } = membersOf(item, path, ['name', 'value', 'secretKeyRef', 'envRef'], unknown);
    const text = given && propertyTextOf(given, `${path}.value`);
    const reference = membersOf(secretKeyRef, `${path}.secretKeyRef`, ['name', 'key'], unknown);
    const variable = stringOf(envRef, `${path}.envRef`);
    return {
      name: stringOf(name, `${path}.name`),
      position: { line: item.line, column: item.column },
      ...(text === undefined ? {} : { value: text }),
      ...(variable === '' ? {} : { envRef: variable }),
      ...(secretKeyRef === undefined
        ? {}
        : {
            secretKeyRef: {
              name: stringOf(reference.name, `${path}.secretKeyRef.name`),
              key: stringOf(reference.key, `${path}.secretKeyRef.key`),
            },
          }),
    };
  });
}
