import { FakeKubernetes } from '@coffer/fake-kubernetes';
import { describe, expect, it } from 'vitest';
import { component, start } from './support.ts';

const ENV = 'secretstores.local.env';
const prefixed = (prefix: string, more = {}) => component(ENV, { prefix }, more);

/** A fake whose watches are all open, so that a fault meets them. */
async function watched(fake: FakeKubernetes, count = 2) {
  while (fake.eachWatch(() => undefined) < count) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('while it runs', () => {
  it('16: follows components that are added, changed, deleted and taken out of scope', async () => {
    process.env.A_X = 'a';
    process.env.B_X = 'b';
    await using fake = await FakeKubernetes.start();
    fake.put('components', 'shop', 'env', prefixed('A_'));
    await using mode = await start(fake);
    const value = async () => (await mode.coffer.getSecret('env', 'X')).X;
    expect(await value()).toBe('a');
    fake.put('components', 'shop', 'env', prefixed('B_'));
    await mode.until(async () => (await value()) === 'b');
    fake.put('components', 'shop', 'new', prefixed('A_'));
    await mode.until(() => mode.names().includes('new'));
    fake.put('components', 'shop', 'new', prefixed('A_', { scopes: ['app2'] }));
    await mode.until(() => !mode.names().includes('new'));
    fake.delete('components', 'shop', 'env');
    await mode.until(() => !mode.names().includes('env'));
    expect(mode.names()).toEqual(['kubernetes']);
    fake.put('components', 'elsewhere', 'far', prefixed('A_'));
    fake.put('components', 'shop', 'kubernetes', prefixed('A_'));
    await mode.until(() => mode.log.some((line) => line.includes('component kubernetes already exists')));
    expect(mode.coffer.components()).toMatchObject([{ type: 'secretstores.kubernetes' }]);
  });

  it('16: two changes at once are both in force', async () => {
    await using fake = await FakeKubernetes.start();
    await using mode = await start(fake);
    for (let index = 0; index < 20; index++) fake.put('components', 'shop', `c${index}`, prefixed(`${index}_`));
    fake.put('components', 'shop', 'c0', prefixed('changed_'));
    fake.delete('components', 'shop', 'c1');
    await mode.until(() => mode.names().length === 20);
    process.env.changed_X = 'yes';
    expect((await mode.coffer.getSecret('c0', 'X')).X).toBe('yes');
  });

  it('16: a component that becomes unreadable is served on as it was', async () => {
    process.env.A_X = 'a';
    await using fake = await FakeKubernetes.start();
    fake.put('components', 'shop', 'env', prefixed('A_'));
    await using mode = await start(fake);
    fake.put('components', 'shop', 'env', { spec: { type: ENV, metadata: 5 } });
    await mode.until(() => mode.log.some((line) => line.includes('stays as it was')));
    expect((await mode.coffer.getSecret('env', 'X')).X).toBe('a');
  });

  it('16: follows the Configuration, and keeps the old one when it is wrong or gone', async () => {
    await using fake = await FakeKubernetes.start();
    fake.secret('shop', 'one', { a: '1' });
    const configuration = (scopes: object[]) =>
      fake.put('configurations', 'shop', 'appconfig', { spec: { secrets: { scopes } } });
    configuration([]);
    await using mode = await start(fake, { configurationName: 'appconfig' });
    const read = () =>
      mode.coffer.getSecret('kubernetes', 'one').then(
        () => 'allowed',
        ({ reason }) => reason,
      );
    expect(await read()).toBe('allowed');
    configuration([{ storeName: 'kubernetes', defaultAccess: 'deny' }]);
    await mode.until(async () => (await read()) === 'denied');
    const loaded = mode.log.length;
    // A note of somebody else is no change.
    fake.put('configurations', 'shop', 'appconfig', {
      spec: { secrets: { scopes: [{ storeName: 'kubernetes', defaultAccess: 'deny' }] } },
      status: { seen: 1 },
    });
    configuration([{ storeName: 'kubernetes', defaultAccess: 'nobody' }]);
    await mode.until(() => mode.log.some((line) => line.includes('defaultAccess nobody can be either allow or deny')));
    fake.delete('configurations', 'shop', 'appconfig');
    await mode.until(() => mode.log.some((line) => line.includes('configurations.dapr.io "appconfig" not found')));
    expect(await read()).toBe('denied');
    expect(mode.log.slice(loaded).filter((line) => line.includes('in force: Configuration'))).toEqual([]);
    configuration([]);
    await mode.until(async () => (await read()) === 'allowed');
  });

  it('16: follows Resiliency resources', async () => {
    await using fake = await FakeKubernetes.start();
    await using mode = await start(fake);
    const policies = { timeouts: { general: '5s' } };
    fake.put('resiliencies', 'shop', 'mine', { spec: { policies } });
    await mode.until(() => mode.coffer.resiliencies.length === 1);
    fake.delete('resiliencies', 'shop', 'mine');
    await mode.until(() => mode.coffer.resiliencies.length === 0);
  });

  it('16: a Secret behind a secretKeyRef that changes starts its component anew, where it may be watched', async () => {
    await using fake = await FakeKubernetes.start();
    fake.secret('shop', 'redis', { password: 'old' });
    const reference = { password: { secretKeyRef: { name: 'redis', key: 'password' } } };
    fake.put('components', 'shop', 'redis', component('state.redis', reference));
    const taken: string[] = [];
    const consumers = { 'state.redis': (_: unknown, { password = '' }: Record<string, string>) => void taken.push(password) };
    await using mode = await start(fake, { consumers });
    expect(taken).toEqual(['old']);
    await watched(fake, 3);
    fake.secret('shop', 'redis', { password: 'new' });
    await mode.until(() => taken.length === 2);
    expect(taken).toEqual(['old', 'new']);
    const watch = fake.requests.find((path) => path.includes('/secrets?') && path.includes('watch=1'));
    expect(watch).toContain('fieldSelector=metadata.name%3Dredis');
  });
});

describe('faults', () => {
  it('16: watches that break, are too old or hang lose no change', async () => {
    await using fake = await FakeKubernetes.start({ pieces: 11 });
    await using mode = await start(fake, { reconcileInterval: 1000 });
    const faults = ['cut', 'end', 'expire', 'hang'] as const;
    for (const fault of faults) {
      await watched(fake);
      if (fault === 'expire') {
        fake.compact();
        fake.expireWatches();
      } else fake.eachWatch((watch) => watch[fault]());
      fake.put('components', 'shop', fault, prefixed('A_'));
      await mode.until(() => mode.names().includes(fault));
    }
    expect(mode.names().toSorted()).toEqual([...faults, 'kubernetes'].toSorted());
  });

  it('16: keeps serving what it has while the API server is away, and catches up', async () => {
    process.env.A_X = 'a';
    await using fake = await FakeKubernetes.start();
    fake.put('components', 'shop', 'env', prefixed('A_'));
    await using mode = await start(fake, { reconcileInterval: 1000 });
    await watched(fake);
    await fake.pause();
    await mode.until(() =>
      mode.log.some((line) => line.includes('watching components.dapr.io failed, what is known of it stays in force')),
    );
    await expect(mode.coffer.reload()).resolves.toBeUndefined();
    expect((await mode.coffer.getSecret('env', 'X')).X).toBe('a');
    await expect(mode.coffer.getSecret('kubernetes', 'x')).rejects.toMatchObject({ code: 'unavailable' });
    fake.put('components', 'shop', 'later', prefixed('A_'));
    await fake.resume();
    await mode.until(() => mode.names().includes('later'));
    await mode.until(() => mode.log.includes('info watching components.dapr.io again'));
    expect(mode.log.filter((line) => line.includes('watching components.dapr.io failed')).length).toBeLessThan(5);
  });

  it('16: a right that is taken away while it runs is told with the rule to add, and nothing is lost', async () => {
    const rule = { group: 'dapr.io', resources: ['components', 'resiliencies'], namespace: 'shop' };
    await using fake = await FakeKubernetes.start({
      users: { me: { name: 'me', rules: [{ ...rule, verbs: ['list', 'watch'] }] } },
    });
    fake.put('components', 'shop', 'env', prefixed('A_'));
    await using mode = await start(fake, { token: 'me' });
    await watched(fake);
    fake.users.set('me', { name: 'me', rules: [] });
    fake.eachWatch((watch) => watch.end());
    await mode.until(() => mode.log.some((line) => line.includes('resources: [components], verbs: [watch]}; next try in 30s')));
    expect(mode.names()).toContain('env');
  });

  it('16: a start waits for the API server, and stops waiting when it is told to', async () => {
    const fake = await FakeKubernetes.start();
    fake.put('components', 'shop', 'env', prefixed('A_'));
    await fake.pause();
    const waitsIn = async (log: readonly string[]) => {
      while (!log.some((line) => line.includes('waiting for the API server')))
        await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const stop = new AbortController();
    const [first, second]: [string[], string[]] = [[], []];
    const given = start(fake, { signal: stop.signal, log: first });
    given.catch(() => undefined);
    await waitsIn(first);
    stop.abort();
    await expect(given).rejects.toThrow();
    const waiting = start(fake, { log: second });
    await waitsIn(second);
    await fake.resume();
    await using mode = await waiting;
    expect(mode.names()).toContain('env');
    expect(mode.log.join('\n')).toMatch(/warn waiting for the API server, next try in 1s: Get "https:.*connection refused/);
    await fake.pause();
  });

  it('16: a start with 503 and throttled answers goes on when they end', async () => {
    await using fake = await FakeKubernetes.start();
    fake.fail({ status: 503, match: 'components', times: 2 });
    fake.fail({ status: 429, match: 'resiliencies', headers: { 'retry-after': '0' } });
    await using mode = await start(fake);
    expect(mode.names()).toEqual(['kubernetes']);
  });
});
