import { describe, expect, it } from 'vitest';
import { parseComponents } from '../resources/read-components.ts';
import type { Component } from '../resources/types.ts';
import { neededComponents } from './needed-components.ts';

/** A component that takes its settings from `store`. */
function component(name: string, store = ''): Component {
  const text = `apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: ${name}\nauth:\n  secretStore: "${store}"\n`;
  return parseComponents(text, `${name}.yaml`).components[0] as Component;
}

describe('neededComponents', () => {
  const components = [
    component('a', 'b'),
    component('b', 'c'),
    component('c'),
    component('d', 'gone'),
    component('e', 'f'),
    component('f', 'e'),
  ];
  it.each([
    [['c'], ['c']],
    [['a'], ['c', 'b', 'a']],
    [
      ['b', 'a'],
      ['c', 'b', 'a'],
    ],
    [['d'], ['d']],
    [['e'], ['f', 'e']],
    [['gone'], []],
    [[], []],
  ])('%j needs %j', (names, expected) => {
    expect(neededComponents(components, names).map(({ name }) => name)).toEqual(expected);
  });
});
