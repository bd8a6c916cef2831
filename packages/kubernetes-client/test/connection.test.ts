import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthority, FakeKubernetes } from '@coffer/fake-kubernetes';
import { describe, expect, it } from 'vitest';
import { connectKubernetes, findCluster } from '../src/index.ts';
import { clientOf, Folder, failureOf, secret } from './support.ts';

const NOWHERE = { environment: { HOME: '/nowhere' } };

/** A service account as it is mounted into a pod of the fake. */
function mount(folder: Folder, fake: FakeKubernetes, token = 'admin-token') {
  folder.write('token', `${token}\n`);
  folder.write('ca.crt', fake.authority.cert);
  folder.write('namespace', 'shop');
  const { hostname, port } = new URL(fake.server);
  const environment = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, HOME: '/nowhere' };
  return { environment, serviceAccountFolder: folder.path };
}

async function seeded(options = {}) {
  const fake = await FakeKubernetes.start(options);
  fake.secret('a', 'one', { k: 'v' });
  return fake;
}

describe('in a pod', () => {
  it('uses the service account, and its token again when it has been replaced', async () => {
    await using fake = await seeded();
    using folder = new Folder();
    const client = await connectKubernetes(mount(folder, fake));
    expect(client.namespace).toBe('shop');
    await client.get(secret('a', 'one'));
    fake.users.set('rotated', { name: 'rotated' });
    fake.users.delete('admin-token');
    expect((await failureOf(client.get(secret('a', 'one')))).reason).toBe('unauthorized');
    folder.write('token', 'rotated');
    await client.get(secret('a', 'one'));
    // In the middle of being replaced.
    folder.write('token', '');
    await client.get(secret('a', 'one'));
    client.close();
  });

  it('is outside one without the variables or the token, and half inside it without the authority', async () => {
    using folder = new Folder();
    const { environment } = { environment: { KUBERNETES_SERVICE_HOST: '::1', KUBERNETES_SERVICE_PORT: '443', HOME: '/nowhere' } };
    const find = () => failureOf(findCluster({ environment, serviceAccountFolder: folder.path }));
    expect((await find()).message).toBe('stat /nowhere/.kube/config: no such file or directory');
    folder.write('token', 'x');
    expect(await find()).toMatchObject({
      reason: 'configuration',
      message: `open ${folder.path}/ca.crt: no such file or directory`,
    });
    folder.write('ca.crt', 'x');
    expect((await findCluster({ environment, serviceAccountFolder: folder.path })).server).toBe('https://[::1]:443');
  });

  it('gives way to an explicit kubeconfig, unless the reference’s order is asked for', async () => {
    await using fake = await seeded();
    using folder = new Folder();
    const mounted = mount(folder, fake);
    const kubeconfigPath = folder.write('config', fake.kubeconfig('x', { server: 'https://explicit.test' }));
    expect((await findCluster({ ...mounted, kubeconfigPath })).server).toBe('https://explicit.test');
    expect((await findCluster({ ...mounted, kubeconfigPath, inClusterFirst: true })).server).toBe(fake.server);
    const environment = { ...mounted.environment, KUBECONFIG: kubeconfigPath };
    expect((await findCluster({ ...mounted, environment })).server).toBe(fake.server);
  });
});

describe('a kubeconfig', () => {
  it('is looked for in KUBECONFIG, a list of paths or one name, and then at home', async () => {
    await using fake = await seeded();
    using folder = new Folder();
    const config = folder.write('config', fake.kubeconfig());
    const environment = { KUBECONFIG: `/nope:${config}`, HOME: folder.path };
    expect((await findCluster({ environment })).server).toBe(fake.server);
    expect(await failureOf(findCluster({ environment, singleKubeconfig: true }))).toMatchObject({
      reason: 'configuration',
      message: `stat /nope:${config}: no such file or directory`,
    });
    expect((await failureOf(findCluster({ environment: { KUBECONFIG: '/nope:/neither' } }))).message).toContain('stat /nope:');
    expect((await failureOf(findCluster(NOWHERE))).hint).toContain('KUBECONFIG');
  });

  it('joins several files, the first of equal names counts, and paths start at their own file', async () => {
    await using fake = await seeded();
    using first = new Folder();
    using second = new Folder();
    const cluster = (server: string) => `clusters: [{name: c, cluster: {server: ${server}, certificate-authority: ca.pem}}]\n`;
    first.write('ca.pem', fake.authority.cert);
    const one = first.write('one', `${cluster(fake.server)}users: [{name: u, user: {tokenFile: token}}]\n`);
    first.write('token', 'admin-token');
    const two = second.write(
      'two',
      `current-context: x\n${cluster('https://other.test')}contexts:\n- {name: x, context: {cluster: c, user: u, namespace: n}}\n- {name: y, context: {cluster: c}}\n`,
    );
    const client = await connectKubernetes({ environment: { KUBECONFIG: `${one}:${two}` } });
    expect(client.namespace).toBe('n');
    expect((await client.get(secret('a', 'one'))).metadata.name).toBe('one');
    const anonymous = await connectKubernetes({ environment: { KUBECONFIG: `${one}:${two}` }, context: 'y' });
    expect((await failureOf(anonymous.get(secret('a', 'one')))).reason).toBe('forbidden');
    expect(await failureOf(connectKubernetes({ environment: { KUBECONFIG: `${one}:${two}` }, context: 'z' }))).toMatchObject({
      message: `invalid configuration: ${one}, ${two}: context "z" does not exist`,
      hint: 'the contexts are: x, y',
    });
  });

  it.each([
    ['clusters: 5', 'clusters is not a list'],
    ['current-context: [a]', 'current-context is not a string'],
    ['current-context: a\ncontexts: [{name: a, context: [canary]}]', 'contexts[0].context is not a map'],
    ['current-context: a\ncontexts: [{name: a, context: {cluster: c}}]', 'cluster "c" does not exist'],
    [
      'current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: canary}}]',
      'clusters[0].cluster.server is not an http or https address',
    ],
    [
      'current-context: a\ncontexts: [{name: a, context: {user: u}}]\nusers: [{name: u, user: {token: 1}}]',
      'the context names no cluster',
    ],
    ['{}', 'there is no current-context'],
    ['', 'there is no current-context'],
    ['a: "canary', 'line 1 is not valid YAML'],
    ['a:\n\t- canary', 'line 2 is not valid YAML'],
    ['- a', 'is not a map'],
  ])('that is wrong says where and quotes nothing: %j', async (text, message) => {
    using folder = new Folder();
    const failure = await failureOf(connectKubernetes({ ...NOWHERE, kubeconfigPath: folder.write('config', text) }));
    expect(failure.reason).toBe('configuration');
    expect(failure.message).toContain(message);
    expect(failure.message).not.toContain('canary');
  });

  it.each([
    [{ token: 1 }, 'users[0].user.token is not a string'],
    [{ tokenFile: '/nope' }, 'open /nope: no such file or directory'],
    [{ 'client-certificate': '/nope', 'client-key': '/nope' }, 'open /nope: no such file or directory'],
    [{ as: 'x', 'as-groups': ['y'] }, 'as-groups and as-user-extra are not supported'],
    [{ exec: { apiVersion: 'v1', command: 'x' } }, 'invalid apiVersion "v1"'],
    [{ exec: { apiVersion: 'client.authentication.k8s.io/v1' } }, 'users[0].user.exec.command is missing'],
    [
      { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'x', interactiveMode: 'Always' } },
      'cannot support interactive mode',
    ],
  ])('with a wrong user fails at once: %j', async (user, message) => {
    await using fake = await seeded();
    expect(await failureOf(clientOf(fake, user))).toMatchObject({
      reason: 'configuration',
      message: expect.stringContaining(message),
    });
  });

  it('logs in with a password, an impersonated user, and a certificate that is replaced', async () => {
    await using fake = await seeded();
    fake.users.set('-', { name: 'cert-user' });
    const pair = fake.authority.issue('cert-user');
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const data = { 'client-certificate-data': base64(pair.cert), 'client-key-data': base64(pair.key) };
    expect((await (await clientOf(fake, data)).get(secret('a', 'one'))).metadata.name).toBe('one');
    using folder = new Folder();
    const other = createAuthority().issue('cert-user');
    const files = { 'client-certificate': folder.write('cert', other.cert), 'client-key': folder.write('key', other.key) };
    const client = await clientOf(fake, files);
    expect((await failureOf(client.get(secret('a', 'one')))).reason).toBe('forbidden');
    expect((await failureOf((await clientOf(fake, { username: 'a', password: 'b' })).get(secret('a', 'one')))).reason).toBe(
      'forbidden',
    );
  });

  it('trusts the authority it names, and no other', async () => {
    await using fake = await seeded();
    const client = (cluster: object) => clientOf(fake, undefined, { cluster });
    const authority = Buffer.from(createAuthority().cert).toString('base64');
    expect(await failureOf((await client({ 'certificate-authority-data': authority })).get(secret('a', 'one')))).toMatchObject({
      reason: 'unavailable',
      message: expect.stringMatching(/^Get "https:.*": tls: failed to verify certificate: /),
      hint: expect.stringContaining('certificate-authority'),
    });
    expect((await failureOf((await client({ 'tls-server-name': 'wrong.test' })).get(secret('a', 'one')))).message).toContain(
      'tls:',
    );
    for (const cluster of [
      { 'tls-server-name': 'api.test' },
      { 'certificate-authority-data': authority, 'insecure-skip-tls-verify': true },
    ]) {
      expect((await (await client(cluster)).get(secret('a', 'one'))).metadata.name).toBe('one');
    }
  });

  it('speaks plain HTTP below a path, and never shows a password that is in the address', async () => {
    await using fake = await seeded({ plain: true });
    const client = await clientOf(fake, undefined, { cluster: { server: fake.server.replace('//', '//me:canary@') } });
    expect((await client.get(secret('a', 'one'))).metadata.name).toBe('one');
    await fake.pause();
    expect((await failureOf(client.get(secret('a', 'one')))).message).toMatch(/^Get "http:\/\/127\.0\.0\.1:\d+\/api/);
    const below = await clientOf(fake, undefined, { cluster: { server: `${fake.server}/k8s/clusters/c/` } });
    await fake.resume();
    expect((await failureOf(below.get(secret('a', 'one')))).reason).toBe('not_found');
    expect(fake.requests.at(-1)).toBe('/k8s/clusters/c/api/v1/namespaces/a/secrets/one');
  });
});

describe('a credential plugin', () => {
  const plugin = (folder: Folder, script: string, more = {}) => ({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: folder.write('plugin', `#!${process.execPath}\n${script}`),
      ...more,
    },
  });
  const PRINT = (status: string) => `
    require('node:fs').appendFileSync(process.env.RUNS, 'x');
    const { apiVersion, spec } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
    console.log(JSON.stringify({ kind: 'ExecCredential', apiVersion, status: ${status} }));`;
  const runs = async (folder: Folder) => (await import('node:fs')).readFileSync(`${folder.path}/runs`, 'utf8').length;

  it('runs once for many, again when its credential expires or is refused', async () => {
    await using fake = await seeded();
    using folder = new Folder();
    const env = [{ name: 'RUNS', value: `${folder.path}/runs` }];
    const status = '{ token: process.argv[2], expirationTimestamp: new Date(Date.now() + 12_000).toISOString() }';
    const client = await clientOf(fake, plugin(folder, PRINT(status), { env, args: ['admin-token'] }));
    await Promise.all(Array.from({ length: 10 }, () => client.get(secret('a', 'one'))));
    expect(await runs(folder)).toBe(1);
    // Ten seconds before its end it is renewed.
    await sleep(2500);
    await client.get(secret('a', 'one'));
    expect(await runs(folder)).toBe(2);
    fake.users.delete('admin-token');
    expect((await failureOf(client.get(secret('a', 'one')))).reason).toBe('unauthorized');
    expect(await runs(folder)).toBe(3);
  });

  it('is told of the cluster when it asks, and may give a certificate', async () => {
    await using fake = await seeded();
    using folder = new Folder();
    fake.users.set('-', { name: 'cert-user' });
    const { cert, key } = fake.authority.issue('cert-user');
    const env = [
      { name: 'RUNS', value: `${folder.path}/runs` },
      { name: 'EXPECTED', value: fake.server },
    ];
    const status = `spec.cluster.server === process.env.EXPECTED && !spec.interactive
      ? { clientCertificateData: ${JSON.stringify(cert)}, clientKeyData: ${JSON.stringify(key)} } : {}`;
    const client = await clientOf(fake, plugin(folder, PRINT(status), { env, provideClusterInfo: true }));
    expect((await client.get(secret('a', 'one'))).metadata.name).toBe('one');
  });

  it.each([
    ['console.error("canary"); process.exit(3)', 'failed with exit code 3'],
    ['console.log("canary")', 'printed no JSON, not an ExecCredential'],
    ['console.log(JSON.stringify({ kind: "Pod", canary: 1 }))', 'printed another kind, not an ExecCredential'],
    ['console.log(JSON.stringify({ kind: "ExecCredential", apiVersion: "v2" }))', 'printed another apiVersion'],
    [PRINT('{ token: 5 }').replace(/.*RUNS.*/, ''), 'printed neither a token nor a certificate'],
    ['console.log("canary".repeat(1e6))', 'printed too much'],
  ])('that fails is named, and what it prints is not: %j', async (script, message) => {
    await using fake = await seeded();
    using folder = new Folder();
    const failure = await failureOf((await clientOf(fake, plugin(folder, script))).get(secret('a', 'one')));
    expect(failure).toMatchObject({ reason: 'configuration', message: expect.stringContaining(message) });
    expect(`${failure.message} ${failure.hint}`).not.toContain('canary');
  });

  it('that does not end is not waited for by who gives up, nor beyond the time limit', async () => {
    await using fake = await seeded();
    using folder = new Folder();
    const slow = plugin(folder, 'setTimeout(() => {}, 2000)');
    const client = await clientOf(fake, slow, { requestTimeout: 300 });
    expect((await failureOf(client.get(secret('a', 'one')))).reason).toBe('timeout');
    const controller = new AbortController();
    const reading = failureOf((await clientOf(fake, slow)).get(secret('a', 'one'), { signal: controller.signal }));
    controller.abort();
    expect((await reading).reason).toBe('canceled');
    expect(fake.requests).toEqual([]);
  });

  it('that is not installed says how it could be', async () => {
    await using fake = await seeded();
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-plugin', installHint: 'brew install it' };
    expect(await failureOf((await clientOf(fake, { exec })).get(secret('a', 'one')))).toMatchObject({
      message: 'getting credentials: exec: executable no-such-plugin not found',
      hint: 'brew install it',
    });
  });
});

describe('an auth-provider', () => {
  it('gives its token through the official client', async () => {
    await using fake = await seeded();
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ exp: Math.floor(Date.now() / 1000) + 3600 })}.x`;
    fake.users.set(token, { name: 'oidc-user' });
    const config = { 'id-token': token, 'client-id': 'x', 'refresh-token': 'y', 'idp-issuer-url': 'https://127.0.0.1:1' };
    const client = await clientOf(fake, { 'auth-provider': { name: 'oidc', config } });
    expect((await client.get(secret('a', 'one'))).metadata.name).toBe('one');
    const unknown = await clientOf(fake, { 'auth-provider': { name: 'other', config: {} } });
    expect(await failureOf(unknown.get(secret('a', 'one')))).toMatchObject({
      reason: 'configuration',
      message: 'getting credentials: auth-provider other gave none',
    });
  });
});

describe('a proxy', () => {
  it('tunnels to the API server, TLS inside', async () => {
    await using fake = await seeded();
    const tunnels: string[] = [];
    const proxy = createServer().on('connect', ({ url, headers }, socket) => {
      tunnels.push(`${url} ${headers['proxy-authorization']}`);
      const upstream = connect(Number(new URL(fake.server).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = `http://me:secret@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const server = 'https://api.test:6443';
    const given = await clientOf(fake, undefined, { cluster: { server, 'proxy-url': address } });
    expect((await given.get(secret('a', 'one'))).metadata.name).toBe('one');
    const environment = { HTTPS_PROXY: address, NO_PROXY: 'other.test,10.0.0.0/8' };
    const named = await clientOf(fake, undefined, { cluster: { server }, environment });
    expect((await named.get(secret('a', 'one'))).metadata.name).toBe('one');
    expect(tunnels).toEqual(Array(2).fill(`api.test:6443 Basic ${Buffer.from('me:secret').toString('base64')}`));
    given.close();
    named.close();
    proxy.removeAllListeners('connect').on('connect', (_, socket) => socket.end('HTTP/1.1 407 No\r\n\r\n'));
    const refused = await clientOf(fake, undefined, { cluster: { server, 'proxy-url': address } });
    expect((await failureOf(refused.get(secret('a', 'one')))).message).toContain('the proxy answered CONNECT with 407');
    proxy.close();
  });

  it('has to be an http or https address', async () => {
    await using fake = await seeded();
    const failure = await failureOf(clientOf(fake, undefined, { cluster: { 'proxy-url': 'socks5://canary' } }));
    expect(failure).toMatchObject({ reason: 'configuration', hint: 'check proxy-url in the kubeconfig' });
    expect(failure.message).not.toContain('canary');
    const cluster = { server: 'http://api.test', 'proxy-url': 'http://127.0.0.1:1' };
    expect((await failureOf(clientOf(fake, undefined, { cluster }))).reason).toBe('configuration');
  });
});
