import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { Redacted } from '../src/driver/index.ts';
import { type ResiliencyObserver, type StoreDefinition, strictDialect } from '../src/index.ts';
import { deferred, memoryStore } from './memory-store.ts';
import { useWorkspace } from './workspace.ts';

const { path, lines, write, component, start } = useWorkspace();

describe('Coffer.start', () => {
  it('serves secrets, decodes settings and closes the store', async () => {
    const { definition, calls } = memoryStore({ secrets: { k: 'v' } });
    await component('s', {
      metadata: [
        { name: 'A', value: 5 },
        { name: 'token', value: 'canary' },
      ],
    });
    {
      await using coffer = await start({ definitions: [definition] });
      expect({ ...(await coffer.getSecret('s', 'k')) }).toEqual({ k: 'v' });
      expect({ ...(await coffer.getBulkSecret('s')).k }).toEqual({ k: 'v' });
      expect(coffer.components()).toMatchObject([{ name: 's', type: 'secretstores.memory', version: 'v1', capabilities: [] }]);
      expect(calls.properties[0]).toMatchObject({ a: '5', b: undefined });
      expect(calls.properties[0]?.token).toBeInstanceOf(Redacted);
      expect(calls.closed).toBe(0);
    }
    expect(calls.closed).toBe(1);
    expect(lines).toContain('info Component loaded: s (secretstores.memory/v1)');
    expect(lines).toContain('info Shutting down component s (secretstores.memory/v1)');
    expect(lines.join('\n')).not.toContain('canary');
  });

  it.each([
    ['', 'parameter app-id cannot be empty'],
    ['a.b', 'parameter app-id cannot contain dots'],
  ])('refuses the app id "%s"', async (appId, message) => {
    await expect(start({ appId })).rejects.toThrow(message);
  });

  it('says that a resource directory is missing, with hot reload on and off', async () => {
    const missing = path('nope');
    await expect(start({ resourcesPaths: [missing] })).rejects.toThrow(
      `failed to create watcher: failed to add target ${missing}: no such file or directory`,
    );
    await write('config.yaml', 'spec: { features: [{ name: HotReload, enabled: false }] }');
    await expect(start({ resourcesPaths: [missing], configurationFiles: [path('config.yaml')] })).rejects.toThrow(
      `failed to load components: open ${missing}: no such file or directory`,
    );
  });

  it('18-165 18-166: puts the policies of its resources in front of its stores, and others in their place', async () => {
    const { definition } = memoryStore({ before: () => new Promise(() => undefined) });
    const told: string[] = [];
    const resiliency: ResiliencyObserver = {
      loaded: (name) => told.push(`loaded ${name}`),
      applied: ({ policy, component }) => told.push(`applied ${policy} ${component}`),
      activated: () => undefined,
    };
    await component('a');
    await component('b');
    await write(
      'resources/r.yaml',
      `kind: Resiliency
metadata: {name: res}
spec:
  policies:
    timeouts: {DefaultSecretstoreComponentOutboundTimeoutPolicy: 1ms}
    retries: {r: {maxRetries: 0}}
  targets: {components: {b: {outbound: {retry: r}}}}
`,
    );
    await using coffer = await start({ definitions: [definition], observer: { resiliency } });
    expect(coffer.resiliencies).toMatchObject([{ name: 'res' }]);
    expect(lines).toContain('info Loading Resiliency configuration: res');
    const expired = { code: 'deadline_exceeded' };
    await expect(coffer.getSecret('a', 'k')).rejects.toMatchObject(expired);
    const getWithoutHelp = (store: string) => coffer.getSecret(store, 'k', { signal: AbortSignal.timeout(20) });
    await expect(getWithoutHelp('b')).rejects.toMatchObject({ hint: undefined });

    await write(
      'resources/r.yaml',
      `kind: Resiliency
metadata: {name: new}
spec:
  policies: {timeouts: {t: 1ms}}
  targets: {components: {b: {outbound: {timeout: t}}}}
`,
    );
    await vi.waitFor(() => expect(coffer.resiliencies).toMatchObject([{ name: 'new' }]), { timeout: 20_000 });
    await expect(coffer.getSecret('b', 'k')).rejects.toMatchObject(expired);
    await expect(getWithoutHelp('a')).rejects.toMatchObject({ hint: undefined });
    expect(told).toEqual(['loaded res', 'applied timeout a', 'applied retry b', 'loaded new', 'applied timeout b']);
    await coffer.close(0);
  });

  it('gives up when its signal aborts, and closes what was open', async () => {
    const controller = new AbortController();
    const first = memoryStore();
    const second = memoryStore({ type: 'secretstores.slow', init: async () => controller.abort() });
    await component('a');
    await component('b', { type: 'secretstores.slow' });
    await component('c');
    await expect(start({ definitions: [first.definition, second.definition], signal: controller.signal })).rejects.toThrow();
    expect(first.calls.closed).toBe(1);
    expect(first.calls.properties).toHaveLength(1);
  });

  it('gives up at once when its signal aborts while a driver is being made that never comes up', async () => {
    const controller = new AbortController();
    const { definition } = memoryStore({ init: () => new Promise(() => undefined) });
    const create = () => {
      controller.abort();
      return definition.create();
    };
    await component('a', { spec: { initTimeout: '50s' } });
    const given: StoreDefinition = { ...(definition as unknown as StoreDefinition), create };
    await expect(start({ definitions: [given], signal: controller.signal })).rejects.toThrow();
  }, 10_000);
});

describe('components that fail', () => {
  const failing = () => memoryStore({ type: 'secretstores.bad', init: () => Promise.reject(new Error('no thanks')) });
  const subject = 'initialization error occurred for b (secretstores.bad/v1)';
  const failure = `process component b error: [INIT_COMPONENT_FAILURE]: ${subject}: [INIT_COMPONENT_FAILURE]: ${subject}: no thanks`;

  it('ends the start, in the reference’s words, and closes the others', async () => {
    const { definition, calls } = memoryStore();
    await component('a');
    await component('b', { type: 'secretstores.bad' });
    await expect(start({ definitions: [definition, failing().definition] })).rejects.toThrow(
      `failed to load components: ${failure}\n${failure}`,
    );
    expect(calls.closed).toBe(1);
    expect(lines).toContain(
      `error Failed to init component b (secretstores.bad/v1): [INIT_COMPONENT_FAILURE]: ${subject}: no thanks`,
    );
    expect(lines).toContain(`warn Error processing component, daprd will exit gracefully: ${failure}`);
  });

  it('is left out with ignoreErrors, and its store is closed', async () => {
    const bad = failing();
    await component('b', { type: 'secretstores.bad', spec: { ignoreErrors: true } });
    await using coffer = await start({ definitions: [bad.definition] });
    expect(coffer.components()).toEqual([]);
    expect(lines).toContain(`error Ignoring error processing component: ${failure}`);
    await expect(coffer.getSecret('b', 'k')).rejects.toMatchObject({ reason: 'stores_not_configured' });
    await tick();
    expect(bad.calls.closed).toBe(1);
  });

  it.each([
    ['SecretStores.memory', 'process component x error: incorrect type SecretStores.memory'],
    ['workflow.x', 'process component x error: incorrect type workflow.x'],
  ])('has no category: %s', async (type, message) => {
    await component('x', { type });
    await expect(start()).rejects.toThrow(new Error(`failed to load components: ${message}`));
  });

  it('names the type that nobody serves', async () => {
    await component('x', { type: 'secretstores.Nope', spec: { version: 'v2' } });
    await expect(start()).rejects.toThrow(
      "[CREATE_COMPONENT_FAILURE]: initialization error occurred for x (secretstores.Nope/v2): couldn't find secret store secretstores.Nope/v2",
    );
  });

  it('names settings that differ only in case', async () => {
    await component('x', {
      metadata: [
        { name: 'a', value: '1' },
        { name: 'A', value: '2' },
      ],
    });
    await expect(start({ definitions: [memoryStore().definition] })).rejects.toThrow('key a is duplicate in the metadata');
  });

  it('warns of settings that no driver could mean', async () => {
    await component('x', { metadata: [{ name: 'colour', value: 'canary' }] });
    await using _coffer = await start({ definitions: [memoryStore().definition] });
    expect(lines).toContain('warn setting colour is not known and is ignored');
  });

  it('refuses a setting that is nearly a known one, the others serve; the strict dialect warns', async () => {
    await component('x', { metadata: [{ name: 'tokn', value: 'canary' }], spec: { ignoreErrors: true } });
    await component('y');
    const definitions = [memoryStore().definition];
    {
      await using coffer = await start({ definitions });
      expect(coffer.components().map(({ name }) => name)).toEqual(['y']);
      expect(lines.join()).toMatch(/error .*setting tokn is not known.*did you mean token\?/);
    }
    await using strict = await start({ definitions, dialect: strictDialect });
    expect(strict.components()).toHaveLength(2);
    expect(lines).toContain('warn setting tokn is not known: did you mean token?');
    expect(lines.join()).not.toContain('canary');
  });

  it('asks the driver about the settings together', async () => {
    const { definition } = memoryStore();
    const check: StoreDefinition['check'] = ({ token }) =>
      token === undefined ? [] : [{ severity: 'error', name: 'token', message: 'token and key are both set', hint: 'keep one' }];
    await component('x', { metadata: [{ name: 'token', value: 'canary' }] });
    await expect(start({ definitions: [{ ...definition, check }] })).rejects.toThrow(/token and key are both set/);
  });

  it('takes what the driver finds doubtful as it takes its own doubts', async () => {
    const { definition } = memoryStore();
    const check = () => [{ severity: 'warning', name: 'token', message: 'token looks odd', doubtful: true } as const];
    await component('x');
    await expect(start({ definitions: [{ ...definition, check }] })).rejects.toThrow(/token looks odd/);
    await using strict = await start({ definitions: [{ ...definition, check }], dialect: strictDialect });
    expect(strict.components()).toHaveLength(1);
    expect(lines).toContain('warn token looks odd');
  });
});

describe('initTimeout', () => {
  const slow = () => memoryStore({ secrets: { k: 'v' }, init: () => new Promise((resolve) => setTimeout(resolve, 60)) });
  const text = 'init timeout for component x (secretstores.memory/v1)';

  it('fails a store that outlives it, even when the driver ignores the signal', async () => {
    const { definition, calls } = slow();
    await component('x', { spec: { initTimeout: '5ms' } });
    await expect(start({ definitions: [definition] })).rejects.toThrow(text);
    await new Promise((resolve) => setTimeout(resolve, 90));
    expect(calls.closed).toBe(1);
  });

  it('leaves the store out with ignoreErrors, but for the strict dialect, which serves it', async () => {
    await component('x', { spec: { initTimeout: '5ms', ignoreErrors: true } });
    await using coffer = await start({ definitions: [slow().definition] });
    expect(coffer.components()).toEqual([]);
    await using strict = await start({ definitions: [slow().definition], dialect: strictDialect });
    expect(strict.components()).toHaveLength(1);
    expect({ ...(await strict.getSecret('x', 'k')) }).toEqual({ k: 'v' });
    expect(lines.filter((line) => line.includes(text)).length).toBeGreaterThanOrEqual(2);
  });
});

describe('references between components', () => {
  const reference = (name: string) => [{ name: 'a', secretKeyRef: { name } }];

  it('parks until the store is up, in chains declared in reverse order', async () => {
    const { definition, calls } = memoryStore({ secrets: { k: 'v' } });
    await component('a', { metadata: reference('k'), auth: { secretStore: 'b' } });
    await component('b', { metadata: reference('k'), auth: { secretStore: 'c' } });
    await component('c');
    await using coffer = await start({ definitions: [definition] });
    expect(coffer.components().map(({ name }) => name)).toEqual(['c', 'b', 'a']);
    expect(calls.properties.map(({ a }) => a)).toEqual([undefined, 'v', 'v']);
    expect(coffer.parked().size).toBe(0);
  });

  it('fails when a released component does; the strict dialect keeps the failure for the end', async () => {
    const { definition, calls } = memoryStore({ secrets: { k: 'v' } });
    await component('a', { metadata: [...reference('k'), { name: 'A', value: 'again' }], auth: { secretStore: 'b' } });
    await component('b');
    await component('c');
    await expect(start({ definitions: [definition] })).rejects.toThrow('process component a error');
    expect(calls.closed).toBe(1);
    await using strict = await start({ definitions: [definition], dialect: strictDialect });
    expect(strict.components().map(({ name }) => name)).toEqual(['b', 'c']);
    expect(strict.deferredFailure()?.message).toContain('key a is duplicate in the metadata');
  });

  it('leaves self and circular references, and references to nowhere, parked', async () => {
    const { definition } = memoryStore({ secrets: { k: 'v' } });
    await component('self', { metadata: reference('k'), auth: { secretStore: 'self' } });
    await component('x', { metadata: reference('k'), auth: { secretStore: 'y' } });
    await component('y', { metadata: reference('k'), auth: { secretStore: 'x' } });
    await component('z', { metadata: reference('k'), auth: { secretStore: 'ghost' } });
    await using coffer = await start({ definitions: [definition] });
    expect(coffer.components()).toEqual([]);
    expect(Object.fromEntries(coffer.parked())).toEqual({ self: ['self'], y: ['x'], x: ['y'], ghost: ['z'] });
  });

  it('reads a referenced secret although the scopes deny it', async () => {
    const { definition, calls } = memoryStore({ secrets: { k: 'v' } });
    await component('a');
    await component('b', { metadata: reference('k'), auth: { secretStore: 'a' } });
    await write('config.yaml', 'spec: { secrets: { scopes: [{ storeName: a, defaultAccess: deny }, { storeName: ghost }] } }');
    await using coffer = await start({ definitions: [definition], configurationFiles: [path('config.yaml')] });
    expect(calls.properties[1]).toMatchObject({ a: 'v' });
    await expect(coffer.getSecret('a', 'k')).rejects.toMatchObject({ reason: 'denied' });
    expect(await coffer.getBulkSecret('a')).toEqual({});
    expect(lines).toContain("warn Secrets configuration added for 'ghost', but no matching secret store was found");
  });
});

describe('components of other building blocks', () => {
  it('go to the consumer of their type, resolved; stores come first', async () => {
    const { definition } = memoryStore({ secrets: { k: 'v' } });
    await component('a-redis', {
      type: 'state.Redis',
      metadata: [{ name: 'password', secretKeyRef: { name: 'k' } }],
      auth: { secretStore: 's' },
    });
    await component('s');
    const seen: unknown[] = [];
    await using coffer = await start({
      definitions: [definition],
      consumers: { 'state.redis': ({ name }, properties) => void seen.push([name, { ...properties }]) },
    });
    expect(seen).toEqual([['a-redis', { password: 'v' }]]);
    expect(coffer.components().map(({ name }) => name)).toEqual(['s', 'a-redis']);
  });

  it('are inert without a consumer, and listed only by the strict dialect', async () => {
    await component('bus', { type: 'pubsub.redis' });
    await using coffer = await start();
    expect(coffer.components()).toEqual([]);
    expect(lines.filter((line) => line.includes('bus (pubsub.redis/v1)'))).toHaveLength(1);
    await using strict = await start({ dialect: strictDialect });
    expect(strict.components().map(({ name }) => name)).toEqual(['bus']);
    await expect(strict.getSecret('bus', 'k')).rejects.toMatchObject({ reason: 'stores_not_configured' });
  });

  it('fail the start when their consumer fails', async () => {
    await component('bus', { type: 'pubsub.redis' });
    const consumers = { 'pubsub.redis': () => Promise.reject(new Error('no broker')) };
    await expect(start({ consumers })).rejects.toThrow('no broker');
  });
});

describe('close', () => {
  it('lets running reads finish, refuses later ones, and may be called twice', async () => {
    const gate = deferred();
    const { definition, calls } = memoryStore({ secrets: { k: 'v' }, before: () => gate.promise });
    await component('s');
    const coffer = await start({ definitions: [definition] });
    const read = coffer.getSecret('s', 'k');
    const closing = Promise.all([coffer.close(), coffer.close()]);
    await expect(coffer.getSecret('s', 'k')).rejects.toMatchObject({ reason: 'stores_not_configured' });
    gate.resolve();
    expect({ ...(await read) }).toEqual({ k: 'v' });
    await closing;
    expect(calls.closed).toBe(1);
  });
});
