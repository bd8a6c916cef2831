import { strictDialect } from '@coffer/core';
import { FakeKubernetes } from '@coffer/fake-kubernetes';
import { describe, expect, it } from 'vitest';
import { component, start } from './support.ts';

const ENV = 'secretstores.local.env';
/** The properties that a component of another building block is given. */
function taker() {
  const taken: Record<string, string>[] = [];
  return { taken, consumers: { 'state.redis': (_: unknown, properties: object) => void taken.push({ ...properties }) } };
}

describe('resources', () => {
  it('16: components of the namespace and of this application come up, problems name resource and member', async () => {
    await using fake = await FakeKubernetes.start();
    fake.put('components', 'shop', 'mine', component(ENV));
    fake.put('components', 'shop', 'scoped', component(ENV, {}, { scopes: ['app1'] }));
    fake.put('components', 'shop', 'others', component(ENV, {}, { scopes: ['app2'] }));
    fake.put('components', 'elsewhere', 'far', component(ENV));
    fake.put('components', 'shop', 'broken', { spec: { type: ENV, metadata: 'canary' } });
    await using mode = await start(fake, { environment: { VALUE: 'x' } });
    expect(mode.names().toSorted()).toEqual(['kubernetes', 'mine', 'scoped']);
    expect(await mode.coffer.getSecret('mine', 'HOME')).toBeDefined();
    expect(mode.log).toContain("warn Component shop/broken can't be read: spec.metadata is a string, not a list");
    expect(mode.log.join()).not.toContain('canary');
    expect(fake.requests.every((path) => !path.includes('elsewhere'))).toBe(true);
  });

  it('16: under the strict dialect a component that can’t be decoded ends the start', async () => {
    await using fake = await FakeKubernetes.start();
    fake.put('components', 'shop', 'broken', { spec: { ignoreErrors: 'yes' } });
    await expect(start(fake, { dialect: strictDialect })).rejects.toThrow(
      /^failed to load components: error deserializing component: spec\.ignoreErrors is a string/,
    );
  });

  it('16: values of every JSON type become the texts that files give', async () => {
    await using fake = await FakeKubernetes.start();
    const { taken, consumers } = taker();
    const values = { number: 1.5, whole: 8, flag: true, word: 'yes', list: [1, 'a'], map: null };
    fake.put('components', 'shop', 'redis', component('state.redis', { ...values, map: { value: { b: 1, a: '<' } } }));
    await using _mode = await start(fake, { consumers });
    expect(taken).toEqual([
      { number: '1.5', whole: '8', flag: 'true', word: 'yes', list: '[1,"a"]', map: '{"a":"\\u003c","b":1}' },
    ]);
  });

  it('16: Configuration by name: scopes, denied types, and what is wrong with it', async () => {
    await using fake = await FakeKubernetes.start();
    fake.secret('shop', 'allowed', { a: '1' });
    fake.secret('shop', 'denied', { a: '1' });
    fake.put('components', 'shop', 'env', component(ENV));
    const scopes = [{ storeName: 'kubernetes', defaultAccess: 'deny', allowedSecrets: ['allowed'] }];
    const deny = { components: { deny: ['secretstores.kubernetes', ENV] } };
    fake.put('configurations', 'shop', 'appconfig', { spec: { secrets: { scopes }, ...deny } });
    fake.put('configurations', 'shop', 'wrong', { spec: { secrets: { scopes: [...scopes, ...scopes] } } });
    await using mode = await start(fake, { configurationName: 'appconfig' });
    expect(await mode.coffer.getSecret('kubernetes', 'allowed')).toMatchObject({ a: '1' });
    await expect(mode.coffer.getSecret('kubernetes', 'denied')).rejects.toMatchObject({ reason: 'denied' });
    expect(Object.keys(await mode.coffer.getBulkSecret('kubernetes'))).toEqual(['allowed']);
    // The built-in store can't be denied as a component.
    expect(mode.names()).toEqual(['kubernetes']);
    await expect(start(fake, { configurationName: 'missing' })).rejects.toThrow(
      'error loading configuration: configurations.dapr.io "missing" not found',
    );
    await expect(start(fake, { configurationName: 'wrong' })).rejects.toThrow('kubernetes storeName is repeated');
  });

  it('16: Resiliency resources apply', async () => {
    await using fake = await FakeKubernetes.start();
    const policies = { timeouts: { general: '5s' } };
    const targets = { components: { kubernetes: { outbound: { timeout: 'general' } } } };
    fake.put('resiliencies', 'shop', 'mine', { spec: { policies, targets } });
    fake.put('resiliencies', 'shop', 'others', { spec: { policies }, scopes: ['app2'] });
    await using mode = await start(fake);
    expect(mode.coffer.resiliencies.map(({ name }) => name)).toEqual(['mine']);
    expect(mode.log).toContain('info Loading Resiliency configuration: mine');
  });

  it('16: a cluster without the resource definitions serves the built-in store', async () => {
    await using fake = await FakeKubernetes.start({ without: ['components', 'resiliencies'] });
    fake.secret('shop', 'one', { a: '1' });
    await using mode = await start(fake);
    expect(await mode.coffer.getSecret('kubernetes', 'one')).toMatchObject({ a: '1' });
    expect(mode.log).toContain(
      'warn the cluster has no resource components.dapr.io: install the custom resource definitions of dapr.io to use it',
    );
  });
});

describe('the built-in store', () => {
  it('16: is listed with its type and version, and first', async () => {
    await using fake = await FakeKubernetes.start();
    fake.put('components', 'shop', 'a', component(ENV));
    await using mode = await start(fake);
    expect(mode.coffer.components()[0]).toMatchObject({ name: 'kubernetes', type: 'secretstores.kubernetes', version: 'v1' });
  });

  it('16: is not there when it is disabled', async () => {
    await using fake = await FakeKubernetes.start();
    await using mode = await start(fake, { disableBuiltInStore: true });
    expect(mode.names()).toEqual([]);
    await expect(mode.coffer.getSecret('kubernetes', 'x')).rejects.toMatchObject({ reason: 'stores_not_configured' });
  });

  it('16: a component of its name fails, and leaves it as it is', async () => {
    await using fake = await FakeKubernetes.start();
    fake.put('components', 'shop', 'kubernetes', component(ENV));
    await expect(start(fake)).rejects.toThrow('component kubernetes already exists');
    fake.put('components', 'shop', 'kubernetes', component(ENV, {}, { ignoreErrors: true }));
    fake.secret('shop', 'one', { a: '1' });
    await using mode = await start(fake);
    expect(mode.coffer.components()).toMatchObject([{ type: 'secretstores.kubernetes' }]);
    expect(mode.log.join('\n')).toContain(
      'Ignoring error processing component: process component kubernetes error: component kubernetes already exists',
    );
    await using disabled = await start(fake, { disableBuiltInStore: true });
    expect(disabled.coffer.components()).toMatchObject([{ name: 'kubernetes', type: ENV }]);
  });
});

describe('secretKeyRef', () => {
  const reference = (name: string, key = '', value?: string) => ({
    secretKeyRef: { name, ...(key === '' ? {} : { key }) },
    ...(value && { value }),
  });

  it('16: reads the default store; a missing key or secret leaves the property as it is', async () => {
    await using fake = await FakeKubernetes.start();
    fake.secret('shop', 'redis', { password: 'swordfish', redis: 'same name', empty: '', binary: Buffer.from([0x66, 0xfc]) });
    const properties = {
      password: reference('redis', 'password'),
      named: reference('redis'),
      missingKey: reference('redis', 'nope', 'fallback'),
      emptyKey: reference('redis', 'empty'),
      missingSecret: reference('gone', 'x'),
      binary: reference('redis', 'binary'),
    };
    const expected = {
      password: 'swordfish',
      named: 'same name',
      missingKey: 'fallback',
      emptyKey: '',
      missingSecret: '',
      binary: 'f\udcfc',
    };
    for (const auth of [undefined, { secretStore: 'kubernetes' }]) {
      for (const disableBuiltInStore of [false, true]) {
        const { taken, consumers } = taker();
        fake.put('components', 'shop', 'redis', component('state.redis', properties, auth && { auth }));
        await using mode = await start(fake, { consumers, disableBuiltInStore });
        expect(taken).toEqual([expected]);
        expect(mode.log).toContain('error Error getting secret: secrets "gone" not found');
      }
    }
  });

  it('16: under the strict dialect a missing Secret keeps the components of the namespace from being listed', async () => {
    await using fake = await FakeKubernetes.start();
    fake.put('components', 'shop', 'redis', component('state.redis', { x: reference('gone') }));
    const stop = new AbortController();
    const starting = start(fake, { dialect: strictDialect, signal: stop.signal });
    while (!fake.requests.some((path) => path.endsWith('/secrets/gone'))) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    await expect(starting).rejects.toThrow();
  });

  it('16: does not need the right to read more than the secrets that are named', async () => {
    const group = 'dapr.io';
    const verbs = ['list', 'watch'];
    const rules = [
      { verbs, group, resources: ['components', 'resiliencies'], namespace: 'shop' },
      { verbs: ['get'], resources: ['secrets'], namespace: 'shop', names: ['redis'] },
    ];
    await using fake = await FakeKubernetes.start({ users: { least: { name: 'least', rules } } });
    fake.secret('shop', 'redis', { password: 'swordfish' });
    fake.put('components', 'shop', 'redis', component('state.redis', { password: reference('redis', 'password') }));
    const { taken, consumers } = taker();
    await using mode = await start(fake, { token: 'least', consumers });
    expect(taken).toEqual([{ password: 'swordfish' }]);
    expect(await mode.coffer.getSecret('kubernetes', 'redis')).toMatchObject({ password: 'swordfish' });
    expect(mode.log.filter((line) => /^(warn|error)/.test(line))).toEqual([]);
  });

  it('16: reads other stores as in standalone mode', async () => {
    await using fake = await FakeKubernetes.start();
    fake.put('components', 'shop', 'env', component(ENV));
    const auth = { auth: { secretStore: 'env' } };
    fake.put('components', 'shop', 'redis', component('state.redis', { home: reference('COFFER_TEST_VALUE') }, auth));
    process.env.COFFER_TEST_VALUE = 'from the environment';
    const { taken, consumers } = taker();
    await using _mode = await start(fake, { consumers });
    expect(taken).toEqual([{ home: 'from the environment' }]);
  });

  it('16: fills templates, and fails without POD_NAME', async () => {
    await using fake = await FakeKubernetes.start();
    fake.put('components', 'shop', 'redis', component('state.redis', { id: '{podName}/{namespace}' }));
    const { taken, consumers } = taker();
    await using _mode = await start(fake, { consumers, environment: { POD_NAME: 'pod-1' } });
    expect(taken).toEqual([{ id: 'pod-1/shop.app1' }]);
    await expect(start(fake)).rejects.toThrow('refers to {podName} but podName is not set');
  });
});

describe('refusals', () => {
  it('16: name verb, resource, namespace and the rule to add', async () => {
    await using fake = await FakeKubernetes.start({ users: { nobody: { name: 'nobody', rules: [] } } });
    await expect(start(fake, { token: 'nobody' })).rejects.toThrow(
      'resiliencies.dapr.io is forbidden: User "nobody" cannot list resource "resiliencies" in API group "dapr.io" in the namespace "shop"; ' +
        'add to a Role in namespace shop: {apiGroups: ["dapr.io"], resources: [resiliencies], verbs: [list]}',
    );
    await expect(start(fake, { token: 'unknown' })).rejects.toThrow(
      'Unauthorized; the API server does not accept the credentials',
    );
    await expect(start(fake, { token: 'nobody', configurationName: 'c' })).rejects.toThrow(
      /^error loading configuration: configurations\.dapr\.io is forbidden: .*resourceNames: \[c\], verbs: \[list\]/,
    );
  });
});
