import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FakeKubernetes } from '@coffer/fake-kubernetes';
import { describe, expect, it } from 'vitest';
import { type Cofferd, startCofferd } from './support/cofferd.ts';
import { freePort } from './support/free-port.ts';

const BIN = fileURLToPath(new URL('../bin/cofferd.js', import.meta.url));

interface Setup {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly token?: string;
}
const argsOf = (setup: Setup): string[] => ['--mode=kubernetes', ...(setup.args ?? [])];

/** cofferd in Kubernetes mode against the fake, through a kubeconfig. */
function start(fake: FakeKubernetes, setup: Setup = {}): Promise<Cofferd> {
  return startCofferd({
    files: { kubeconfig: fake.kubeconfig(setup.token) },
    args: argsOf(setup),
    env: { NAMESPACE: 'shop', KUBECONFIG: 'kubeconfig', ...setup.env },
  });
}

/** Runs it to an end that it comes to by itself. */
async function run(fake: FakeKubernetes, setup: Setup = {}): Promise<{ code: number | null; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'cofferd-kubernetes-'));
  writeFileSync(join(folder, 'kubeconfig'), fake.kubeconfig(setup.token));
  const flags = ['--app-id=app1', `--dapr-http-port=${await freePort()}`, '--enable-metrics=false'];
  const child = spawn(process.execPath, [BIN, ...flags, ...argsOf(setup)], {
    env: {
      PATH: process.env.PATH,
      NAMESPACE: 'shop',
      KUBECONFIG: join(folder, 'kubeconfig'),
      DAPR_HOST_IP: '127.0.0.1',
      ...setup.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  rmSync(folder, { recursive: true });
  return { code, output };
}

const env = (prefix: string, more = {}) => ({
  spec: { type: 'secretstores.local.env', version: 'v1', metadata: [{ name: 'prefix', value: prefix }] },
  ...more,
});
async function json(cofferd: Cofferd, target: string) {
  const response = await cofferd.get(`/v1.0/${target}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
async function until(holds: () => Promise<boolean> | boolean) {
  while (!(await holds())) await sleep(20);
}
const names = async (cofferd: Cofferd): Promise<string[]> => {
  const { body } = await json(cofferd, 'metadata');
  return ((body.components ?? []) as { name: string }[]).map(({ name }) => name).toSorted();
};
const VALUES = { A_X: 'a', B_X: 'b' };

describe('cofferd --mode kubernetes', () => {
  it('16: serves the built-in store and the components of the namespace, and follows them', async () => {
    await using fake = await FakeKubernetes.start();
    fake.secret('shop', 'database', { user: 'shop', password: 'swordfish' });
    fake.secret('shop', 'denied', { a: '1' });
    fake.put('components', 'shop', 'env', env('A_'));
    fake.put('components', 'shop', 'others', env('A_', { scopes: ['app2'] }));
    fake.put('components', 'elsewhere', 'far', env('A_'));
    const scopes = [{ storeName: 'kubernetes', deniedSecrets: ['denied'] }];
    fake.put('configurations', 'shop', 'appconfig', { spec: { secrets: { scopes } } });
    await using cofferd = await start(fake, { args: ['--config=appconfig'], env: VALUES });
    expect(await json(cofferd, 'secrets/kubernetes/database')).toEqual({
      status: 200,
      body: { user: 'shop', password: 'swordfish' },
    });
    expect(await json(cofferd, 'secrets/kubernetes/bulk')).toMatchObject({ body: { database: { user: 'shop' } } });
    expect((await json(cofferd, 'secrets/kubernetes/denied')).status).toBe(403);
    expect(await json(cofferd, 'secrets/kubernetes/gone')).toEqual({
      status: 500,
      body: {
        errorCode: 'ERR_SECRET_GET',
        message: 'failed getting secret with key gone from secret store kubernetes: secrets "gone" not found',
      },
    });
    expect(await names(cofferd)).toEqual(['env', 'kubernetes']);
    const value = async () => (await json(cofferd, 'secrets/env/X')).body.X;
    expect(await value()).toBe('a');
    fake.put('components', 'shop', 'env', env('B_'));
    await until(async () => (await value()) === 'b');
    fake.put('components', 'shop', 'others', env('A_'));
    await until(async () => (await names(cofferd)).includes('others'));
    fake.delete('components', 'shop', 'env');
    await until(async () => !(await names(cofferd)).includes('env'));
    fake.put('configurations', 'shop', 'appconfig', { spec: {} });
    await until(async () => (await json(cofferd, 'secrets/kubernetes/denied')).status === 200);
    const log = cofferd.log();
    expect(log).toContain('kubernetes mode configured');
    expect(log).not.toContain('swordfish');
    cofferd.child.kill('SIGTERM');
    expect((await once(cofferd.child, 'close'))[0]).toBe(0);
    expect(cofferd.log()).toContain('Daprd shutdown gracefully');
  });

  it('16: an API server that restarts, watches that break, 410: nothing is lost, and reads go on', async () => {
    await using fake = await FakeKubernetes.start();
    fake.put('components', 'shop', 'env', env('A_'));
    await using cofferd = await start(fake, { env: VALUES });
    const watched = () => until(() => fake.eachWatch(() => undefined) >= 2);
    await watched();
    await fake.pause();
    await until(() => cofferd.log().includes('watching components.dapr.io failed, what is known of it stays in force'));
    for (let count = 0; count < 50; count++) expect((await json(cofferd, 'secrets/env/X')).body).toEqual({ X: 'a' });
    fake.put('components', 'shop', 'later', env('A_'));
    await fake.resume();
    await until(async () => (await names(cofferd)).includes('later'));
    await watched();
    fake.compact();
    fake.eachWatch((watch) => watch.cut());
    fake.put('components', 'shop', 'after410', env('A_'));
    await until(async () => (await names(cofferd)).includes('after410'));
    expect(await names(cofferd)).toEqual(['after410', 'env', 'kubernetes', 'later']);
  });

  it('16: a watch that hangs is noticed', async () => {
    await using fake = await FakeKubernetes.start();
    await using cofferd = await start(fake, { args: ['--hot-reload-reconcile-interval=1s'] });
    await until(() => fake.eachWatch(() => undefined) >= 2);
    fake.eachWatch((watch) => watch.hang());
    fake.put('components', 'shop', 'hidden', env('A_'));
    await until(async () => (await names(cofferd)).includes('hidden'));
    expect(cofferd.log()).toContain('context deadline exceeded');
  });

  it('16: a start waits for the API server', async () => {
    await using fake = await FakeKubernetes.start();
    await fake.pause();
    // Something on its port that answers nothing, to know when cofferd has tried.
    let tries = 0;
    const nobody = createServer((socket) => {
      tries++;
      socket.destroy();
    });
    nobody.listen(Number(new URL(fake.server).port), '127.0.0.1');
    const starting = start(fake);
    await until(() => tries >= 2);
    await new Promise((resolve) => nobody.close(resolve));
    await fake.resume();
    await using cofferd = await starting;
    expect(cofferd.log()).toMatch(/level=warning msg="waiting for the API server, next try in \ds: Get /);
  });

  it('16: a refusal ends the start with the rule to add', async () => {
    const group = 'dapr.io';
    const rules = [{ verbs: ['list', 'watch'], group, resources: ['resiliencies'], namespace: 'shop' }];
    await using fake = await FakeKubernetes.start({ users: { me: { name: 'me', rules } } });
    const { code, output } = await run(fake, { token: 'me' });
    expect(code).toBe(1);
    expect(output).toContain('Fatal error from runtime: components.dapr.io is forbidden: User \\"me\\" cannot list resource');
    expect(output).toContain(
      'add to a Role in namespace shop: {apiGroups: [\\"dapr.io\\"], resources: [components], verbs: [list]}',
    );
  });

  it('16: says when there is no cluster', async () => {
    await using fake = await FakeKubernetes.start();
    const { code, output } = await run(fake, { env: { KUBECONFIG: '', HOME: '/nowhere' } });
    expect(code).toBe(1);
    expect(output).toContain(
      'Fatal error from runtime: Kubernetes mode needs a cluster: stat /nowhere/.kube/config: no such file',
    );
  });

  it('16: --disable-builtin-k8s-secret-store leaves the built-in store out', async () => {
    await using fake = await FakeKubernetes.start();
    await using cofferd = await start(fake, { args: ['--disable-builtin-k8s-secret-store'] });
    expect(await names(cofferd)).toEqual([]);
    expect((await json(cofferd, 'secrets/kubernetes/x')).body).toMatchObject({ errorCode: 'ERR_SECRET_STORES_NOT_CONFIGURED' });
  });

  it('16: a built-in store that can’t be brought up ends the start', async () => {
    await using fake = await FakeKubernetes.start();
    // Read once to connect, and broken when the store reads it.
    const { code, output } = await run(fake, { args: ['--strict-dapr', '--', '--kubeconfig=/nowhere'] });
    expect(code).toBe(1);
    expect(output).toContain(
      'Fatal error from runtime: failed to init built-in secret store: process component kubernetes error: [INIT_COMPONENT_FAILURE]: ' +
        'initialization error occurred for kubernetes (secretstores.kubernetes/v1): [INIT_COMPONENT_FAILURE]: ' +
        'initialization error occurred for kubernetes (secretstores.kubernetes/v1): stat /nowhere: no such file or directory',
    );
  });

  it('loads no Kubernetes code in standalone mode, and the official client in none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cofferd-loaded-'));
    const hook = join(folder, 'record.mjs');
    writeFileSync(
      hook,
      `import { appendFileSync } from 'node:fs';
       import { registerHooks } from 'node:module';
       registerHooks({ load(url, context, next) { appendFileSync(process.env.LOADED, url + '\\n'); return next(url, context); } });`,
    );
    const loaded = (name: string) => ({ NODE_OPTIONS: `--import=${hook}`, LOADED: join(folder, name) });
    await using fake = await FakeKubernetes.start();
    {
      await using _standalone = await startCofferd({ env: loaded('standalone') });
      await using cofferd = await start(fake, { env: loaded('kubernetes') });
      await json(cofferd, 'secrets/kubernetes/x');
    }
    const urls = (name: string) => readFileSync(join(folder, name), 'utf8');
    expect(urls('standalone')).not.toMatch(/kubernetes(-client|-resources)?\/dist/);
    expect(urls('kubernetes')).toMatch(/kubernetes-resources\/dist[\s\S]*stores\/kubernetes\/dist/);
    expect(urls('kubernetes')).not.toMatch(/client-node|undici|openid/);
    rmSync(folder, { recursive: true });
  });
});
