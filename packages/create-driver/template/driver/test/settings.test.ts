import { checkSettings } from '@coffer/core/driver';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';

const SETTINGS = { address: 'memory:demo', token: 'demo' };

function problemsOf(properties: Readonly<Record<string, string>>) {
  return checkSettings(definition, properties, 'refused').problems;
}

describe('settings', () => {
  it.each([[SETTINGS], [{ ...SETTINGS, requestTimeout: '500ms' }], [{ ADDRESS: 'memory:demo', Token: 'demo' }]])(
    'nothing is wrong with %j',
    (properties) => expect(problemsOf(properties)).toEqual([]),
  );

  it.each<[name: string, properties: Record<string, string>, message: string]>([
    ['address', { token: 'demo' }, 'setting address is required'],
    ['address', { ...SETTINGS, address: '' }, 'setting address is required'],
    ['address', { ...SETTINGS, address: 'nowhere' }, 'address is not an address'],
    ['token', { address: 'memory:demo' }, 'setting token is required'],
    ['requestTimeout', { ...SETTINGS, requestTimeout: 'soon' }, 'setting requestTimeout is not a duration'],
    ['requestTimeout', { ...SETTINGS, requestTimeout: '0' }, 'requestTimeout leaves no time'],
    ['adress', { ...SETTINGS, adress: 'memory:demo' }, 'setting adress is not known'],
  ])('%s in %j is answered with what to write', (name, properties, message) => {
    const [problem, ...others] = problemsOf(properties);
    expect(problem).toMatchObject({ severity: 'error', name, message: expect.stringContaining(message) });
    expect(others).toEqual([]);
  });
});
