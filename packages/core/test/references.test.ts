import { describe, expect, it } from 'vitest';
import { type SecretData, SecretStoreError, type SecretTable } from '../src/driver/index.ts';
import { isEnvRefAllowed } from '../src/references/env-ref.ts';
import { type ReferenceContext, resolveReferences } from '../src/references/resolve-references.ts';
import type { Component, ComponentProperty } from '../src/resources/types.ts';

const component = (properties: ComponentProperty[], more: Partial<Component> = {}): Component => ({
  name: 'c',
  namespace: '',
  annotations: {},
  type: 'state.redis',
  version: 'v1',
  ignoreErrors: false,
  initTimeout: 5000,
  properties,
  secretStore: 'vault',
  scopes: [],
  source: { file: 'c.yaml', document: 1, line: 1 },
  ...more,
});

const SECRETS: SecretTable<SecretTable<string>> = {
  k1: { k1: 'v1' },
  s1: { u: 'me', p: 'pw', empty: '' },
  '"quoted"': { '"quoted"': '"q"' },
};

function setUp(more: Partial<ReferenceContext> = {}) {
  const log: string[] = [];
  const asked: unknown[][] = [];
  const context: ReferenceContext = {
    appId: 'app1',
    namespace: undefined,
    podName: undefined,
    environment: {},
    defaultSecretStore: '',
    readSecret: (store, name, metadata): Promise<SecretData> | undefined => {
      if (store !== 'vault') return undefined;
      asked.push([name, metadata]);
      const data = SECRETS[name];
      return data ? Promise.resolve({ data }) : Promise.reject(new SecretStoreError('not_found', `secret ${name} not found`));
    },
    warn: (message) => log.push(`warn ${message}`),
    error: (message) => log.push(`error ${message}`),
    ...more,
  };
  return { context, log, asked };
}

async function propertiesOf(properties: ComponentProperty[], context: ReferenceContext, more: Partial<Component> = {}) {
  const resolved = await resolveReferences(component(properties, more), context);
  return 'properties' in resolved ? { ...resolved.properties } : resolved;
}

describe('isEnvRefAllowed', () => {
  it.each([
    ['T_A', undefined, true],
    ['', undefined, false],
    ['DAPR_X', undefined, false],
    ['dapr_x', undefined, false],
    ['app_api_token', undefined, false],
    ['A B', undefined, false],
    ['foo', 'FOO', true],
    ['BAR', 'FOO', false],
    ['BAR', 'FOO BAR', true],
    ['FOO', 'FOOBAR FOO', false],
    ['FOO', 'XFOO', false],
    ['FOO', 'FOO,BAR', false],
    ['FOO', ' FOO ', true],
    ['FOO', '*', false],
    ['DAPR_X', 'DAPR_X', false],
  ])('%s with the list %j: %s', (name, list, allowed) => expect(isEnvRefAllowed(name, list)).toBe(allowed));
});

describe('resolveReferences', () => {
  it('takes environment variables only where no value stands', async () => {
    const { context, log } = setUp({ environment: { T_A: '1', DAPR_X: 'no', T_EMPTY: '' } });
    const properties = [
      { name: 'a', envRef: 'T_A' },
      { name: 'b', value: '', envRef: 'T_A' },
      { name: 'c', envRef: 'DAPR_X' },
      { name: 'd', envRef: 'UNSET' },
      { name: 'e', envRef: 'T_A', secretKeyRef: { name: 'k1', key: '' } },
    ];
    expect(await propertiesOf(properties, context)).toEqual({ a: '1', b: '', c: '', d: '', e: '1' });
    expect(log).toEqual(["warn Component c references an env variable that isn't allowed: DAPR_X"]);
  });

  it('reads each secret once, with the namespace, and falls back to the value', async () => {
    const { context, log, asked } = setUp();
    const properties = [
      { name: 'a', secretKeyRef: { name: 'k1', key: '' } },
      { name: 'b', secretKeyRef: { name: 's1', key: 'p' } },
      { name: 'c', secretKeyRef: { name: 's1', key: 'u' } },
      { name: 'd', value: 'fb', secretKeyRef: { name: 'missing', key: '' } },
      { name: 'e', value: 'fb', secretKeyRef: { name: 's1', key: 'nope' } },
      { name: 'f', secretKeyRef: { name: 's1', key: 'empty' } },
      { name: 'g', value: 'plain', secretKeyRef: { name: '', key: 'x' } },
      { name: 'h', secretKeyRef: { name: '"quoted"', key: '' } },
    ];
    expect(await propertiesOf(properties, context, { namespace: 'ns' })).toEqual({
      a: 'v1',
      b: 'pw',
      c: 'me',
      d: 'fb',
      e: 'fb',
      f: '',
      g: 'plain',
      h: '"q"',
    });
    expect(asked).toEqual(['k1', 's1', 'missing', '"quoted"'].map((name) => [name, { namespace: 'ns' }]));
    expect(log).toEqual(['error Error getting secret: secret missing not found']);
  });

  it('waits for a store that is named and not loaded', async () => {
    const { context, log } = setUp();
    const properties = [{ name: 'a', secretKeyRef: { name: 'k1', key: '' } }];
    expect(await propertiesOf(properties, context, { secretStore: 'ghost' })).toEqual({ waitsFor: 'ghost' });
    expect(log).toEqual(["warn Component c references a secret store that isn't loaded: ghost"]);
  });

  it('goes on without the rest when no store is named', async () => {
    const { context, log } = setUp({ environment: { T_A: '1' } });
    const properties = [
      { name: 'a', envRef: 'T_A' },
      { name: 'b', secretKeyRef: { name: 'k1', key: '' } },
      { name: 'c', value: 'v' },
      { name: 'd', envRef: 'T_A' },
    ];
    expect(await propertiesOf(properties, context, { secretStore: '' })).toEqual({ a: '1', b: '', c: 'v', d: '' });
    expect(log).toEqual(["warn Component c references a secret store that isn't loaded: "]);
  });

  it('fills templates after references, one fresh id each', async () => {
    const { context } = setUp({ environment: { T: '{appID}' }, namespace: 'n s', podName: 'pod-$1' });
    const resolved = await propertiesOf(
      [
        { name: 'id', value: '{uuid} {uuid}' },
        { name: 'all', value: '{appID}-{namespace}-{podName}-{appPort}-{APPID}' },
        { name: 'env', envRef: 'T' },
      ],
      context,
    );
    expect(resolved).toMatchObject({ all: 'app1-n s.app1-pod-$1-{appPort}-{APPID}', env: 'app1' });
    const [first, second] = (resolved as { id: string }).id.split(' ');
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second).not.toBe(first);
  });

  it('says which property needs a pod name', async () => {
    const { context } = setUp();
    await expect(propertiesOf([{ name: 'x', value: '{podName}' }], context)).rejects.toThrow(
      'failed to parse metadata: property x refers to {podName} but podName is not set',
    );
    expect(await propertiesOf([{ name: 'x', value: '{namespace}' }], context)).toEqual({ x: 'default.app1' });
  });

  it('lets a later property of the same name win, and tells which values are secret', async () => {
    const { context } = setUp();
    const resolved = await resolveReferences(
      component([
        { name: 'a', secretKeyRef: { name: 'k1', key: '' } },
        { name: 'a', value: 'plain' },
        { name: '__proto__', secretKeyRef: { name: 'k1', key: '' } },
      ]),
      context,
    );
    if (!('properties' in resolved)) throw new Error('parked');
    expect(Object.entries(resolved.properties)).toEqual([
      ['a', 'plain'],
      ['__proto__', 'v1'],
    ]);
    expect([...resolved.fromSecrets]).toEqual(['__proto__']);
  });
});
