import { parseGoDuration } from '../driver/index.ts';
import { goQuote } from '../go-text.ts';
import { booleanOf, listOf, membersOf, type Notice, propertyTextOf, strictStringOf, stringMapOf, stringOf } from './decode.ts';
import type { Component, ComponentProperty, Source } from './types.ts';
import { YamlError, type YamlValue } from './yaml-document.ts';

const INIT_TIMEOUT_MILLISECONDS = 5000;
export const API_VERSION = 'dapr.io/v1alpha1';

/** Whether a document says that it is of a kind. Fails with `YamlError` when it can't be of any. */
export function isOfKind(value: YamlValue, kind: string): boolean {
  const members = membersOf(value, '', ['apiVersion', 'kind', 'metadata']);
  const apiVersion = strictStringOf(members.apiVersion, 'apiVersion');
  return strictStringOf(members.kind, 'kind') === kind && apiVersion === API_VERSION;
}

/** Decodes a document of kind Component. Fails with `YamlError` that names the member. */
export function decodeComponent(value: YamlValue, source: Source, notice: Notice): Component {
  const top = membersOf(value, '', ['apiVersion', 'kind', 'metadata', 'spec', 'auth', 'scopes', 'status'], notice);
  // Kubernetes has many more members of metadata; none of them concerns a component.
  const metadata = membersOf(top.metadata, 'metadata', ['name', 'namespace', 'annotations', 'labels']);
  const name = stringOf(metadata.name, 'metadata.name');
  const problem = nameProblem(name);
  if (problem !== '') {
    throw new YamlError(`invalid name ${goQuote(name)} for "Component": ${problem}`, metadata.name ?? value, 'metadata.name');
  }
  stringMapOf(metadata.labels, 'metadata.labels');
  const spec = membersOf(top.spec, 'spec', ['type', 'version', 'ignoreErrors', 'initTimeout', 'metadata'], notice);
  const auth = membersOf(top.auth, 'auth', ['secretStore'], notice);
  return {
    name,
    namespace: stringOf(metadata.namespace, 'metadata.namespace'),
    annotations: stringMapOf(metadata.annotations, 'metadata.annotations'),
    type: stringOf(spec.type, 'spec.type'),
    version: stringOf(spec.version, 'spec.version'),
    ignoreErrors: booleanOf(spec.ignoreErrors, 'spec.ignoreErrors', false),
    initTimeout: initTimeoutOf(spec.initTimeout, notice),
    properties: listOf(spec.metadata, 'spec.metadata', (item, path) => propertyOf(item, path, notice)),
    secretStore: stringOf(auth.secretStore, 'auth.secretStore'),
    scopes: listOf(top.scopes, 'scopes', strictStringOf),
    source,
  };
}

function nameProblem(name: string): string {
  if (name === '.' || name === '..') return `may not be '${name}'`;
  const illegal = ['/', '%'].filter((part) => name.includes(part));
  return illegal.map((part) => `may not contain '${part}'`).join('; ');
}

function initTimeoutOf(value: YamlValue | undefined, notice: Notice): number {
  const field = 'spec.initTimeout';
  const text = stringOf(value, field);
  const milliseconds = parseGoDuration(text);
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
  if (value !== undefined && text !== '') {
    notice(value, field, `${field} is not a duration above zero, so 5s applies`, 'write a number and a unit: 5s, 500ms, 1m');
  }
  return INIT_TIMEOUT_MILLISECONDS;
}

function propertyOf(item: YamlValue, path: string, notice: Notice): ComponentProperty {
  const members = membersOf(item, path, ['name', 'value', 'secretKeyRef', 'envRef'], notice);
  const value = members.value && propertyTextOf(members.value, `${path}.value`);
  const reference = membersOf(members.secretKeyRef, `${path}.secretKeyRef`, ['name', 'key'], notice);
  const envRef = stringOf(members.envRef, `${path}.envRef`);
  const secretKeyRef = members.secretKeyRef && {
    name: stringOf(reference.name, `${path}.secretKeyRef.name`),
    key: stringOf(reference.key, `${path}.secretKeyRef.key`),
  };
  return {
    name: stringOf(members.name, `${path}.name`),
    position: { line: item.line, column: item.column },
    ...(value === undefined ? {} : { value }),
    ...(envRef === '' ? {} : { envRef }),
    ...(secretKeyRef === undefined ? {} : { secretKeyRef }),
  };
}
