import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RenderedCofferd, startRendered } from './rendered-cofferd.ts';

const patience = { timeout: 30_000 };
type Prepare = NonNullable<Parameters<typeof startRendered>[1]>;

describe.each([
  { name: 'sidecar-example', blocked: false, appPort: undefined },
  { name: 'sidecar-container', blocked: true, appPort: 8080 },
  { name: 'daemonset', blocked: true, appPort: undefined },
])('the probes of $name', ({ name, blocked, appPort }) => {
  let cofferd: RenderedCofferd;
  const becomes = (kind: string, wanted: number) => expect.poll(() => cofferd.probe(kind), patience).toBe(wanted);
  beforeAll(async () => {
    cofferd = await startRendered(name, (kubernetes, namespace) => {
      if (name === 'sidecar-container') kubernetes.put('configurations', namespace, 'shop', { spec: {} });
    });
  });
  afterAll(() => cofferd[Symbol.asyncDispose]());

  test('find that it has started and lives, whatever the application does', async () => {
    await becomes('startup', 204);
    expect(await cofferd.probe('liveness')).toBe(204);
  });

  test('find it ready, with its application where there is one', async () => {
    if (appPort === undefined) return becomes('readiness', 204);
    expect(await cofferd.probe('readiness')).toBe(500);
    const app = createServer().listen(cofferd.port(appPort), '127.0.0.1');
    await becomes('readiness', 204);
    expect(await cofferd.probe('liveness')).toBe(204);
    app.close();
  });

  test('find it alive and not ready while its end is put off, where it is', async () => {
    const ended = once(cofferd.child, 'close');
    cofferd.child.kill('SIGTERM');
    if (!blocked) return expect((await ended)[0]).toBe(0);
    await becomes('readiness', 500);
    expect(await cofferd.probe('liveness')).toBe(204);
  });
});

describe('with the rights of the Role', () => {
  const secrets = ['database', 'payment', 'vault-token', 'other'];

  test('a sidecar serves what its scopes allow, and a component gets the secret that it refers to', async () => {
    const prepare: Prepare = (kubernetes, namespace) => {
      for (const name of secrets) kubernetes.secret(namespace, name, { key: `${name}_` });
      const property = { name: 'prefix', secretKeyRef: { name: 'vault-token', key: 'key' } };
      kubernetes.put('components', namespace, 'vault', { spec: { type: 'secretstores.local.env', metadata: [property] } });
    };
    await using cofferd = await startRendered('sidecar-example', prepare, { 'vault-token_X': 'found' });
    await expect.poll(() => cofferd.probe('readiness'), patience).toBe(204);
    expect(await cofferd.read('kubernetes/database')).toEqual([200, '{"key":"database_"}\n']);
    expect(await cofferd.read('kubernetes/payment')).toEqual([200, '{"key":"payment_"}\n']);
    expect((await cofferd.read('kubernetes/vault-token'))[0]).toBe(403);
    expect((await cofferd.read('kubernetes/other'))[0]).toBe(403);
    expect(await cofferd.read('vault/X')).toEqual([200, '{"X":"found"}\n']);
    expect(cofferd.log()).not.toContain('forbidden');
  });

  test('without bulk rights a bulk read is refused by the API server, with them it is not', async () => {
    const prepare: Prepare = (kubernetes, namespace) => {
      for (const name of secrets) kubernetes.secret(namespace, name, { key: name });
    };
    await using few = await startRendered('daemonset', prepare);
    await using all = await startRendered('daemonset-bulk', prepare);
    for (const cofferd of [few, all]) await expect.poll(() => cofferd.probe('readiness'), patience).toBe(204);
    expect(await few.read('kubernetes/database')).toEqual([200, '{"key":"database"}\n']);
    const [status, body] = await few.read('kubernetes/bulk');
    expect([status, body]).toEqual([500, expect.stringContaining('forbidden')]);
    const [bulkStatus, bulk] = await all.read('kubernetes/bulk');
    expect([bulkStatus, Object.keys(JSON.parse(bulk))]).toEqual([200, [...secrets].sort()]);
  });
});
