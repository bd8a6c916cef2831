import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAuthority, type FakeService, startFakeService } from '@coffer/fake-services';
import { HttpClient, type TlsSettings } from '@coffer/http-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/login/clock.ts';
import type { LoginSession } from '../../src/login/login-session.ts';
import type { VaultAnswer, VaultCall } from '../../src/vault-api.ts';
import { apiOf, logged, openLogin, type Properties } from './support.ts';

const { COFFER_TEST_VAULT_ADDR: url = '', COFFER_TEST_VAULT_TOKEN: rootToken = '' } = process.env;
/** A server that speaks TLS with the same root token, and its authority: for logins by certificate. */
const { COFFER_TEST_VAULT_TLS_ADDR: tlsUrl, COFFER_TEST_VAULT_TLS_CA_PEM: tlsCa } = process.env;
/** An API server that OpenBao can reach, for a real TokenReview. */
const { COFFER_TEST_KUBERNETES_URL: kubernetesUrl, COFFER_TEST_KUBERNETES_TOKEN: kubernetesToken = '' } = process.env;
const { COFFER_TEST_KUBERNETES_CA_PEM: kubernetesCa = '' } = process.env;

/** Names of this run, so that it can share a server. */
const run = randomBytes(4).toString('hex');
const folder = mkdtempSync(join(tmpdir(), 'vault-login-'));
const root = apiOf(url);
const open: LoginSession[] = [];

afterEach(async () => await Promise.all(open.splice(0).map((login) => login.close())));
afterAll(() => {
  rmSync(folder, { recursive: true });
  root.close();
});

interface AdminOptions {
  readonly namespace?: string;
  readonly wrapTtl?: string;
  readonly api?: typeof root;
}

async function admin(
  method: VaultCall['method'],
  path: string,
  body?: object,
  { namespace, wrapTtl, api = root }: AdminOptions = {},
): Promise<{ readonly data: Record<string, string>; readonly wrap_info: { readonly token: string } }> {
  const headers = {
    ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
    ...(wrapTtl === undefined ? {} : { 'x-vault-wrap-ttl': wrapTtl }),
  };
  const call = { method, path: path.split('/'), headers, token: rootToken, ...(body === undefined ? {} : { body }) };
  const answer = await api.call(call, {});
  if (answer.status > 299) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  return answer.json as Awaited<ReturnType<typeof admin>>;
}

function start(properties: Properties, options: Parameters<typeof openLogin>[2] & { address?: string } = {}): LoginSession {
  const { address = url, ...rest } = options;
  const login = openLogin(address, properties, rest);
  open.push(login);
  return login;
}

function lookUp(token: string): Promise<VaultAnswer> {
  return root.call({ method: 'GET', path: ['auth', 'token', 'lookup-self'], token }, {});
}

/** A call as a store makes it: once more when the token was replaced. Gives the token that worked. */
async function call(login: LoginSession): Promise<string> {
  const token = await login.token({});
  const { status } = await lookUp(token);
  if (status === 403 && (await login.rejected(token))) return await call(login);
  expect(status).toBe(200);
  return token;
}

async function secondsLeft(token: string): Promise<number> {
  const { json } = await lookUp(token);
  return (json as { data: { ttl: number } }).data.ttl;
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function signedJwt(key: KeyObject, claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: now, nbf: now - 5, exp: now + 600, ...claims })}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();

describe('approle on OpenBao', () => {
  const mount = `approle-${run}`;
  const role = `auth/${mount}/role/shop`;
  let roleId = '';
  beforeAll(async () => {
    await admin('POST', `sys/auth/${mount}`, { type: 'approle' });
    await admin('POST', role, { token_ttl: '6s', token_max_ttl: '15s' });
    roleId = (await admin('GET', `${role}/role-id`)).data.role_id ?? '';
  });
  const secretId = async () => (await admin('POST', `${role}/secret-id`, {})).data.secret_id ?? '';
  const properties = (secret: string) => ({
    vaultAuthMethod: 'approle',
    vaultAuthMountPath: mount,
    vaultRoleId: roleId,
    vaultSecretId: secret,
  });

  it('renews the token before it ends, and replaces it at its longest life', async () => {
    const login = start(properties(await secretId()));
    const seen = new Set<string>();
    const end = Date.now() + 20_000;
    while (Date.now() < end) {
      seen.add(await call(login));
      await sleep(250);
    }
    // 20 s with tokens that last 15 s at most: at least one renewal, one replacement, no more than a few.
    expect(seen.size).toBeGreaterThanOrEqual(2);
    expect(seen.size).toBeLessThan(10);
  });

  it('revokes the token when it closes', async () => {
    const login = start(properties(await secretId()));
    const token = await login.token({});
    expect((await lookUp(token)).status).toBe(200);
    await login.close();
    expect((await lookUp(token)).status).toBe(403);
  });

  it('logs in again once for a token that was revoked, and not for a denial', async () => {
    let ahead = 0;
    const login = start(properties(await secretId()), { clock: { ...systemClock, now: () => Date.now() + ahead } });
    const first = await login.token({});
    ahead = 3_000;
    expect(await login.rejected(first)).toBe(false);
    expect(await login.token({})).toBe(first);
    await root.call({ method: 'POST', path: ['auth', 'token', 'revoke'], token: rootToken, body: { token: first } }, {});
    ahead = 3_500;
    expect(await login.rejected(first)).toBe(false);
    ahead = 5_000;
    const replaced = await Promise.all(Array.from({ length: 10 }, () => login.rejected(first)));
    expect(replaced).toEqual(Array(10).fill(true));
    const tokens = await Promise.all(replaced.map(() => login.token({})));
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).not.toBe(first);
  });

  it('reads the secret id from its file, and tells a wrong one', async () => {
    const path = file('secret-id', 'wrong\n');
    const { vaultSecretId: _, ...rest } = properties('');
    const login = start({ ...rest, vaultSecretIdPath: path });
    await expect(login.token({})).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: `couldn't log in at auth/${mount}: status code 400: invalid role or secret ID`,
    });
    writeFileSync(path, `${await secretId()}\n`);
    await expect(login.token({})).resolves.toMatch(/^s\./);
  });

  it('opens a wrapped secret id once', async () => {
    const { token: wrapped } = (await admin('POST', `${role}/secret-id`, {}, { wrapTtl: '60s' })).wrap_info;
    const settings = { ...properties(wrapped), vaultSecretIdWrapped: 'true' };
    const login = start(settings);
    await expect(login.token({})).resolves.toMatch(/^s\./);
    await expect(start(settings).token({})).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: "couldn't unwrap the secret id: status code 400: wrapping token is not valid or does not exist",
      hint: expect.stringMatching(/somebody else may have the secret id/),
    });
  });

  it('refuses a wrapped secret id that another mount issued', async () => {
    const { token: wrapped } = (await admin('POST', 'sys/wrapping/wrap', { secret_id: 'mine' }, { wrapTtl: '60s' })).wrap_info;
    await expect(start({ ...properties(wrapped), vaultSecretIdWrapped: 'true' }).token({})).rejects.toThrow(
      `the wrapping token was made at sys/wrapping/wrap, not at auth/${mount}/role/…/secret-id`,
    );
  });

  it('takes batch tokens, which are replaced and not renewed', async () => {
    await admin('POST', `auth/${mount}/role/batch`, { token_ttl: '4s', token_type: 'batch' });
    const id = (await admin('GET', `auth/${mount}/role/batch/role-id`)).data.role_id ?? '';
    const secret = (await admin('POST', `auth/${mount}/role/batch/secret-id`, {})).data.secret_id ?? '';
    const login = start({ ...properties(secret), vaultRoleId: id });
    const seen = new Set<string>();
    const end = Date.now() + 6_000;
    while (Date.now() < end) {
      seen.add(await call(login));
      await sleep(200);
    }
    expect(seen.size).toBeGreaterThanOrEqual(2);
    for (const token of seen) expect(token).toMatch(/^b\./);
  });

  it('logs in in a namespace', async () => {
    const namespace = `team-${run}`;
    await admin('POST', `sys/namespaces/${namespace}`, {});
    await admin('POST', `sys/auth/${mount}`, { type: 'approle' }, { namespace });
    await admin('POST', role, { token_ttl: '60s' }, { namespace });
    const id = (await admin('GET', `${role}/role-id`, undefined, { namespace })).data.role_id ?? '';
    const wrapped = await admin('POST', `${role}/secret-id`, {}, { namespace, wrapTtl: '60s' });
    const inTeam = { ...properties(wrapped.wrap_info.token), vaultRoleId: id, vaultSecretIdWrapped: 'true' };
    const login = start({ ...inTeam, vaultNamespace: `${namespace}/` });
    const token = await login.token({});
    expect(await login.rejected(token)).toBe(false);
    await login.close();
    expect((await lookUp(token)).status).toBe(403);
    await expect(start({ ...properties(await secretId()), vaultNamespace: 'nowhere' }).token({})).rejects.toMatchObject({
      code: 'failed_precondition',
      detail: `couldn't log in at auth/${mount}: status code 404: namespace not found`,
    });
  });

  it('tells a mount that is not there', async () => {
    await expect(start({ ...properties('x'), vaultAuthMountPath: 'nowhere' }).token({})).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: "couldn't log in at auth/nowhere: status code 403: permission denied",
    });
  });
});

describe('a wrapped token on OpenBao', () => {
  const wrap = async (body: object) => (await admin('POST', 'auth/token/create', body, { wrapTtl: '60s' })).wrap_info.token;

  it('is opened once, renewed, and left to whoever made it', async () => {
    const settings = { vaultToken: await wrap({ ttl: '6s', policies: ['default'] }), vaultTokenWrapped: 'true' };
    const login = start(settings);
    const token = await login.token({});
    await sleep(7_000);
    expect(await login.token({})).toBe(token);
    expect(await secondsLeft(token)).toBeGreaterThan(0);
    await login.close();
    expect((await lookUp(token)).status).toBe(200);
    await expect(start(settings).token({})).rejects.toMatchObject({
      detail: "couldn't unwrap the token: status code 400: wrapping token is not valid or does not exist",
    });
  });
});

describe('userpass on OpenBao', () => {
  it('logs in, and tells a wrong password', async () => {
    const mount = `userpass-${run}`;
    await admin('POST', `sys/auth/${mount}`, { type: 'userpass' });
    await admin('POST', `auth/${mount}/users/me`, { password: 'pass word', token_ttl: '60s' });
    const settings = { vaultAuthMethod: 'userpass', vaultAuthMountPath: mount, vaultUsername: 'me' };
    await expect(start({ ...settings, vaultPassword: 'pass word' }).token({})).resolves.toMatch(/^s\./);
    await expect(start({ ...settings, vaultPassword: 'wrong' }).token({})).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: `couldn't log in at auth/${mount}: status code 400: invalid username or password`,
    });
  });
});

describe('jwt on OpenBao', () => {
  const mount = `jwt-${run}`;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  beforeAll(async () => {
    await admin('POST', `sys/auth/${mount}`, { type: 'jwt' });
    await admin('POST', `auth/${mount}/config`, { jwt_validation_pubkeys: [pem(publicKey)], default_role: 'shop' });
    const role = { role_type: 'jwt', bound_audiences: ['vault'], user_claim: 'sub', token_ttl: '60s' };
    await admin('POST', `auth/${mount}/role/shop`, role);
  });
  const settings = { vaultAuthMethod: 'jwt', vaultAuthMountPath: mount };

  it('logs in with a role, and with the default one from a file', async () => {
    const vaultJwt = signedJwt(privateKey, { aud: 'vault', sub: 'shop' });
    await expect(start({ ...settings, vaultJwt, vaultRole: 'shop' }).token({})).resolves.toMatch(/^s\./);
    await expect(start({ ...settings, vaultJwtPath: file('jwt', vaultJwt) }).token({})).resolves.toMatch(/^s\./);
  });

  it.each([
    ['another audience', { aud: 'other', sub: 'shop' }],
    ['an end that has passed', { aud: 'vault', sub: 'shop', iat: 1, nbf: 1, exp: 2 }],
  ])('tells %s', async (_, claims) => {
    const vaultJwt = signedJwt(privateKey, claims);
    const failure = await start({ ...settings, vaultJwt, vaultRole: 'shop' })
      .token({})
      .catch((error) => error);
    expect(failure).toMatchObject({ code: 'unauthenticated', detail: expect.stringContaining('status code 400: ') });
    expect(failure.detail).not.toContain(vaultJwt);
  });
});

describe('kubernetes on OpenBao', () => {
  const mount = `kubernetes-${run}`;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const authority = createAuthority();
  let reviewer: FakeService;

  /** What the API server answers to a TokenReview; the signature is not looked at a second time. */
  beforeAll(async () => {
    reviewer = await startFakeService(
      ({ path, body }) => {
        if (path !== '/apis/authentication.k8s.io/v1/tokenreviews') return { status: 404 };
        const review = JSON.parse(body.toString()) as { spec: { token: string } };
        const claims = JSON.parse(Buffer.from(review.spec.token.split('.')[1] ?? '', 'base64url').toString());
        const user = { username: claims.sub, uid: 'u-1', groups: ['system:serviceaccounts'] };
        return { status: 201, body: { ...review, status: { authenticated: true, user } } };
      },
      { tls: authority.issue('kubernetes', ['127.0.0.1']) },
    );
    await admin('POST', `sys/auth/${mount}`, { type: 'kubernetes' });
    await admin('POST', `auth/${mount}/config`, {
      kubernetes_host: reviewer.url,
      kubernetes_ca_cert: authority.cert,
      pem_keys: [pem(publicKey)],
      token_reviewer_jwt: signedJwt(privateKey, ofAccount('reviewer')),
      disable_local_ca_jwt: true,
    });
    const role = { bound_service_account_names: ['shop'], bound_service_account_namespaces: ['prod'], token_ttl: '60s' };
    await admin('POST', `auth/${mount}/role/shop`, role);
  });
  afterAll(async () => await reviewer.close());

  const ofAccount = (name: string, namespace = 'prod') => ({
    iss: 'kubernetes/serviceaccount',
    sub: `system:serviceaccount:${namespace}:${name}`,
    'kubernetes.io/serviceaccount/namespace': namespace,
    'kubernetes.io/serviceaccount/service-account.name': name,
    'kubernetes.io/serviceaccount/service-account.uid': 'u-1',
  });
  const settings = { vaultAuthMethod: 'kubernetes', vaultAuthMountPath: mount, vaultRole: 'shop' };

  it('logs the service account in', async () => {
    const vaultJwtPath = file('account', signedJwt(privateKey, ofAccount('shop')));
    await expect(start({ ...settings, vaultJwtPath }).token({})).resolves.toMatch(/^s\./);
    expect(reviewer.requests.length).toBeGreaterThan(0);
  });

  it('tells a namespace that the role is not bound to, and a role that is not there', async () => {
    const vaultJwtPath = file('other', signedJwt(privateKey, ofAccount('shop', 'test')));
    await expect(start({ ...settings, vaultJwtPath }).token({})).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: expect.stringContaining('namespace not authorized'),
    });
    await expect(start({ ...settings, vaultRole: 'none', vaultJwtPath }).token({})).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: expect.stringContaining('invalid role name "none"'),
    });
  });

  it('logs in with what a real API server says', async (context) => {
    context.skip(kubernetesUrl === undefined, 'no COFFER_TEST_KUBERNETES_URL');
    const { token, reviewerToken } = await serviceAccountTokens();
    const real = `kubernetes-real-${run}`;
    await admin('POST', `sys/auth/${real}`, { type: 'kubernetes' });
    const config = { kubernetes_host: kubernetesUrl, kubernetes_ca_cert: kubernetesCa, token_reviewer_jwt: reviewerToken };
    await admin('POST', `auth/${real}/config`, { ...config, disable_local_ca_jwt: true });
    const role = { bound_service_account_names: ['shop'], bound_service_account_namespaces: [`vault-${run}`] };
    await admin('POST', `auth/${real}/role/shop`, role);
    const path = file('real', token);
    const login = start({ ...settings, vaultAuthMountPath: real, vaultJwtPath: path });
    await expect(login.token({})).resolves.toMatch(/^s\./);
    writeFileSync(path, `${token.slice(0, -8)}AAAAAAAA`);
    await expect(start({ ...settings, vaultAuthMountPath: real, vaultJwtPath: path }).token({})).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });
});

/** Tokens of two new service accounts: one to log in, one that may review tokens. */
async function serviceAccountTokens(): Promise<{ token: string; reviewerToken: string }> {
  const client = new HttpClient({ proxy: 'none', tls: { ca: kubernetesCa } });
  const namespace = `vault-${run}`;
  const post = async (path: string, body: object): Promise<{ status?: { token?: string } }> => {
    const headers = { authorization: `Bearer ${kubernetesToken}`, 'content-type': 'application/json' };
    const request = { method: 'POST', url: new URL(path, kubernetesUrl), headers, body: JSON.stringify(body) };
    const answer = await client.request(request);
    if (answer.status > 299) throw new Error(`${path}: ${answer.status} ${answer.body.toString()}`);
    return JSON.parse(answer.body.toString());
  };
  await post('/api/v1/namespaces', { metadata: { name: namespace } });
  const tokenOf = async (name: string): Promise<string> => {
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await post(accounts, { metadata: { name } });
    return (await post(`${accounts}/${name}/token`, { spec: {} })).status?.token ?? '';
  };
  const [token, reviewerToken] = [await tokenOf('shop'), await tokenOf('reviewer')];
  await post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
    subjects: [{ kind: 'ServiceAccount', name: 'reviewer', namespace }],
  });
  client.close();
  return { token, reviewerToken };
}

describe('cert on OpenBao', () => {
  it('logs the client certificate in, with a role and without', async (context) => {
    context.skip(tlsUrl === undefined, 'no COFFER_TEST_VAULT_TLS_ADDR');
    const address = `${tlsUrl}`;
    const authority = createAuthority();
    const tlsOf = (name: string): TlsSettings => {
      const { cert, key } = authority.issue(name);
      return { ...(tlsCa === undefined ? {} : { ca: tlsCa }), cert, key };
    };
    const api = apiOf(address, tlsOf('admin'));
    const mount = `cert-${run}`;
    await admin('POST', `sys/auth/${mount}`, { type: 'cert' }, { api });
    const role = { certificate: authority.cert, allowed_common_names: ['shop'], token_ttl: '60s' };
    await admin('POST', `auth/${mount}/certs/web`, role, { api });
    api.close();
    const settings = { vaultAuthMethod: 'cert', vaultAuthMountPath: mount, clientCert: 'given', clientKey: 'given' };
    await expect(start(settings, { address, tls: tlsOf('shop') }).token({})).resolves.toMatch(/^s\./);
    await expect(start({ ...settings, vaultRole: 'web' }, { address, tls: tlsOf('shop') }).token({})).resolves.toMatch(/^s\./);
    await expect(start(settings, { address, tls: tlsOf('other') }).token({})).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: expect.stringContaining('status code 4'),
    });
  });
});

it('logs what it does, and no token', async () => {
  const mount = `log-${run}`;
  await admin('POST', `sys/auth/${mount}`, { type: 'userpass' });
  await admin('POST', `auth/${mount}/users/me`, { password: 'p', token_ttl: '60s' });
  const { logger, lines } = logged();
  const settings = { vaultAuthMethod: 'userpass', vaultAuthMountPath: mount, vaultUsername: 'me', vaultPassword: 'p' };
  const login = start(settings, { logger });
  const token = await login.token({});
  await login.close();
  expect(lines).toEqual([`debug logged in at auth/${mount}: a token for 60s`]);
  expect(lines.join()).not.toContain(token);
});
