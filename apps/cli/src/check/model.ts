import type { Component, ComponentProperty, Configuration, Dialect, Resiliency, StoreDefinition } from '@coffer/core';
import type { YamlValue } from '@coffer/core/internal';
import { memberAt, type Place } from '../places.ts';
import type { Finding } from './finding.ts';

/** Everything that was read, for the rules to look at. */
export interface Model {
  readonly appId: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly doubtfulSettings: Dialect['loader']['doubtfulSettings'];
  /** In load order. */
  readonly components: readonly Component[];
  /** Undefined when no Configuration could be made of the files. */
  readonly configuration: Configuration | undefined;
  /** Of each entry of `configuration.secretScopes`. */
  readonly scopePlaces: readonly Place[];
  readonly resiliencies: readonly Resiliency[];
  /** The driver of a component, where there is one. */
  readonly definitions: ReadonlyMap<Component, StoreDefinition>;
  /** Parsed documents by file, to find places in. */
  readonly trees: ReadonlyMap<string, readonly (YamlValue | undefined)[]>;
}

export type Rule = (model: Model) => Iterable<Finding>;

export const isStore = ({ type }: Component): boolean => type.startsWith('secretstores.');

/** Where a member of a component stands; its document's first member when it has none such. */
export function placeIn(model: Model, { source }: Pick<Component, 'source'>, path: readonly (string | number)[]): Place {
  const tree = model.trees.get(source.file)?.[source.document - 1];
  for (let length = path.length; length >= 0; length--) {
    const found = memberAt(tree, path.slice(0, length));
    if (found) return { file: source.file, line: found.line, column: found.column };
  }
  return { file: source.file, line: source.line, column: 1 };
}

/** Where a property stands. */
export function placeOfProperty(model: Model, component: Component, { position }: ComponentProperty): Place {
  return position ? { file: component.source.file, ...position } : placeIn(model, component, ['spec', 'metadata']);
}

/** `file:line` for a message. */
export function shortPlace({ file, line }: Place): string {
  return `${file}:${line}`;
}
