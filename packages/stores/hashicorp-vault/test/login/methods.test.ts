import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answer, createAuthority, type FakeService } from '@coffer/fake-services';
import {
  appRole,
  certificate,
  type FakeMethod,
  jwt,
  kubernetes,
  userpass,
  type VaultLogins,
} from '@coffer/fake-services/vault/login';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoginSession } from '../../src/login/login-session.ts';
import { type OpenOptions, openLogin, type Properties, pathsOf, startVault, type TestClock, testClock } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'vault-login-'));
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const open: LoginSession[] = [];
let clock: TestClock;
let service: FakeService;
let logins: VaultLogins;

beforeEach(async () => {
  clock = testClock();
  ({ service, logins } = await startVault({ now: clock.now }));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((login) => login.close()));
  await service.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

function start(methods: Readonly<Record<string, FakeMethod>>, properties: Properties, options: OpenOptions = {}): LoginSession {
  logins.methods = methods;
  const login = openLogin(service.url, properties, { clock, ...options });
  open.push(login);
  return login;
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function signedJwt(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'ES256', typ: 'JWT' })}.${part({ exp: clock.now() / 1000 + 600, ...claims })}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

function bodies(): unknown[] {
  return service.requests.map(({ body }) => (body.length === 0 ? undefined : JSON.parse(body.toString())));
}

describe('approle', () => {
  const role = (uses = Number.POSITIVE_INFINITY, secretId = 'sid') =>
    appRole({ roleId: 'rid', secretIds: new Map([[secretId, uses]]), ttl: 60_000 });

  it('shows both ids', async () => {
    const login = start({ approle: role() }, { vaultAuthMethod: 'approle', vaultRoleId: 'rid', vaultSecretId: ' sid\n' });
    await login.token({});
    expect(bodies()).toEqual([{ role_id: 'rid', secret_id: 'sid' }]);
  });

  it('reads the secret id from its file at each login', async () => {
    const path = file('secret-id', 'sid\n');
    const login = start({ approle: role() }, { vaultAuthMethod: 'approle', vaultRoleId: 'rid', vaultSecretIdPath: path });
    await login.token({});
    writeFileSync(path, 'sid2\n');
    logins.methods = { approle: role(1, 'sid2') };
    service.inject(answer(403), { when: ({ path }) => path.endsWith('renew-self') });
    clock.pass(61_000);
    await login.token({});
    expect(bodies().at(-1)).toEqual({ role_id: 'rid', secret_id: 'sid2' });
  });

  it('tries a new secret id at once after the old one was refused', async () => {
    const path = file('secret-id', 'old');
    const login = start({ approle: role() }, { vaultAuthMethod: 'approle', vaultRoleId: 'rid', vaultSecretIdPath: path });
    await expect(login.token({})).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: "couldn't log in at auth/approle: status code 400: invalid role or secret ID",
      hint: expect.stringMatching(/^check vaultRoleId and the secret id; a secret id may have expired or been used up/),
    });
    await expect(login.token({})).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(pathsOf(service)).toHaveLength(1);
    writeFileSync(path, 'sid');
    await expect(login.token({})).resolves.toMatch(/^s\./);
  });

  it('does without a secret id where the role allows it, and tells what is missing where not', async () => {
    const properties = { vaultAuthMethod: 'approle', vaultRoleId: 'rid' };
    const allowed = appRole({ roleId: 'rid', secretIds: new Map(), needsSecretId: false });
    await start({ approle: allowed }, properties).token({});
    await expect(start({ approle: role() }, properties).token({})).rejects.toMatchObject({
      detail: "couldn't log in at auth/approle: status code 400: missing secret_id",
      hint: expect.stringMatching(/the role may need vaultSecretId or vaultSecretIdPath/),
    });
  });

  it.each([
    ['missing', 'nowhere', 'no such file or directory'],
    ['empty', 'empty', 'the file is empty'],
    ['a folder', '.', 'is a directory'],
  ])('a file that is %s', async (_, name, reason) => {
    file('empty', ' \n');
    const path = join(folder, name);
    const login = start({}, { vaultAuthMethod: 'approle', vaultRoleId: 'rid', vaultSecretIdPath: path });
    const detail = `couldn't read secret id from ${path} err: ${reason}`;
    await expect(login.token({})).rejects.toMatchObject({ code: 'unauthenticated', detail });
    expect(service.requests).toEqual([]);
  });

  describe('with a wrapped secret id', () => {
    const CREATED = 'auth/approle/role/shop/secret-id';
    const properties = (token: string) => ({
      vaultAuthMethod: 'approle',
      vaultRoleId: 'rid',
      vaultSecretId: token,
      vaultSecretIdWrapped: 'true',
    });
    const wrapped = (path = CREATED, response: object = { data: { secret_id: 'sid' } }) => logins.wrappings.wrap(response, path);

    it('opens it once and logs in with it as often as needed', async () => {
      const login = start({ approle: role() }, properties(wrapped()));
      service.inject(answer(403), { when: ({ path }) => path.endsWith('renew-self') });
      await login.token({});
      clock.pass(61_000);
      await login.token({});
      expect(pathsOf(service).filter((path) => path.startsWith('sys/'))).toEqual(['sys/wrapping/lookup', 'sys/wrapping/unwrap']);
      expect(pathsOf(service).filter((path) => path === 'auth/approle/login')).toHaveLength(2);
    });

    it('keeps it when the login after it failed for a moment', async () => {
      const login = start({ approle: role(1) }, properties(wrapped()));
      service.inject(answer(500), { when: ({ path }) => path.endsWith('login'), times: 1 });
      await expect(login.token({})).rejects.toMatchObject({ code: 'unavailable' });
      clock.pass(1_000);
      await expect(login.token({})).resolves.toMatch(/^s\./);
      expect(pathsOf(service).filter((path) => path === 'sys/wrapping/unwrap')).toHaveLength(1);
    });

    it('warns when somebody has opened it before', async () => {
      const token = wrapped();
      logins.wrappings.unwrap(token);
      const login = start({ approle: role() }, properties(token));
      await expect(login.token({})).rejects.toMatchObject({
        code: 'unauthenticated',
        detail: "couldn't unwrap the secret id: status code 400: wrapping token is not valid or does not exist",
        hint: 'the wrapping token has expired or was used before. If nothing of yours has used it, somebody else may have the secret id: revoke it, look into the audit log, and issue a new one',
      });
    });

    it.each([
      'auth/evil/role/shop/secret-id',
      'sys/wrapping/wrap',
      'auth/approle/role/a/b/secret-id',
      'xauth/approle/role/a/secret-id',
    ])('refuses one that was made at %s, and does not open it', async (path) => {
      const token = wrapped(path);
      const login = start({ approle: role() }, properties(token));
      await expect(login.token({})).rejects.toMatchObject({
        code: 'unauthenticated',
        detail: `couldn't unwrap the secret id: the wrapping token was made at ${path}, not at auth/approle/role/…/secret-id`,
      });
      expect(logins.wrappings.unwrap(token).status).toBe(200);
    });

    it('takes one of its own namespace, named or not', async () => {
      const inTeam = { ...properties(''), vaultNamespace: '/team/' };
      for (const path of [`team/${CREATED}`, CREATED]) {
        const login = start({ 'team/approle': role() }, { ...inTeam, vaultSecretId: wrapped(path) });
        await expect(login.token({})).resolves.toMatch(/^s\./);
      }
    });

    it('refuses one with something else in it', async () => {
      const login = start({ approle: role() }, properties(wrapped(CREATED, { data: { other: 1 } })));
      await expect(login.token({})).rejects.toThrow("couldn't unwrap the secret id: the wrapped response holds none");
    });
  });
});

describe('a wrapped token', () => {
  const properties = (token: string) => ({ vaultToken: token, vaultTokenWrapped: 'true' });
  const wrapped = (path = 'auth/token/create') => {
    const auth = logins.tokens.authOf(logins.tokens.issue({ ttl: 60_000 }));
    return logins.wrappings.wrap({ auth }, path);
  };

  it('is opened at first use, renewed, and not revoked', async () => {
    const login = start({}, properties(wrapped()));
    expect(service.requests).toEqual([]);
    const token = await login.token({});
    expect(logins.tokens.use(token)).toBeDefined();
    clock.pass(41_000);
    await expect.poll(() => pathsOf(service).at(-1)).toBe('auth/token/renew-self');
    expect(await login.token({})).toBe(token);
    await login.close();
    expect(logins.tokens.use(token)).toBeDefined();
  });

  it.each(['auth/token/create-orphan', 'auth/token/create/shop', 'auth/west/kubernetes/login', 'auth/userpass/login/me'])(
    'may be made at %s',
    async (path) => {
      await expect(start({}, properties(wrapped(path))).token({})).resolves.toMatch(/^s\./);
    },
  );

  it('warns when somebody has opened it before', async () => {
    const token = wrapped();
    logins.wrappings.unwrap(token);
    await expect(start({}, properties(token)).token({})).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: "couldn't unwrap the token: status code 400: wrapping token is not valid or does not exist",
      hint: expect.stringMatching(/somebody else may have the token/),
    });
  });

  it('that has ended needs a new one, which the file may bring', async () => {
    const path = file('wrapped', wrapped());
    const login = start({}, { vaultTokenMountPath: path, vaultTokenWrapped: 'true' });
    service.inject(answer(403), { when: ({ path }) => path.endsWith('renew-self') });
    await login.token({});
    clock.pass(61_000);
    await expect(login.token({})).rejects.toMatchObject({ code: 'unauthenticated', detail: 'the unwrapped token has ended' });
    writeFileSync(path, wrapped());
    await expect(login.token({})).resolves.toMatch(/^s\./);
  });

  it('that is none', async () => {
    const token = logins.wrappings.wrap({ data: { a: 1 } }, 'auth/token/create');
    await expect(start({}, properties(token)).token({})).rejects.toThrow(
      "couldn't unwrap the token: the wrapped response holds none",
    );
  });
});

describe('kubernetes', () => {
  const role = { serviceAccount: 'shop', namespace: 'prod', ttl: 60_000, renewable: false };
  const ofPod = (namespace = 'prod') => signedJwt({ sub: `system:serviceaccount:${namespace}:shop` });

  it('shows the token of the service account, as it is at each login', async () => {
    const path = file('token', `${ofPod()}\n`);
    const login = start(
      { 'west/k8s': kubernetes(publicKey, { shop: role }) },
      {
        vaultAuthMethod: 'kubernetes',
        vaultRole: 'shop',
        vaultJwtPath: path,
        vaultAuthMountPath: '/west/k8s/',
      },
    );
    await login.token({});
    clock.pass(700_000);
    const renewed = ofPod();
    writeFileSync(path, renewed);
    await login.token({});
    expect(pathsOf(service)).toEqual(['auth/west/k8s/login', 'auth/west/k8s/login']);
    expect(bodies()[1]).toEqual({ role: 'shop', jwt: renewed });
  });

  it.each([
    ['another role', { vaultRole: 'other' }, 'prod', 'status code 400: invalid role name "other"'],
    ['another namespace', { vaultRole: 'shop' }, 'test', 'status code 403: namespace not authorized'],
  ])('%s', async (_, settings, namespace, reason) => {
    const path = file('token', ofPod(namespace));
    const properties = { vaultAuthMethod: 'kubernetes', vaultJwtPath: path, ...settings };
    const login = start({ kubernetes: kubernetes(publicKey, { shop: role }) }, properties);
    await expect(login.token({})).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: `couldn't log in at auth/kubernetes: ${reason}`,
      hint: `check that the role ${settings.vaultRole} of auth/kubernetes is bound to the service account, namespace and audience of this pod`,
    });
  });

  it('outside a pod tells the file that is missing', async () => {
    const login = start({}, { vaultAuthMethod: 'kubernetes', vaultRole: 'shop' });
    await expect(login.token({})).rejects.toMatchObject({
      code: 'unauthenticated',
      detail:
        "couldn't read service account token from /var/run/secrets/kubernetes.io/serviceaccount/token err: no such file or directory",
    });
  });
});

describe('jwt', () => {
  const roles = { shop: { audience: 'vault', subject: 'shop', ttl: 60_000 } };

  it('shows the JWT with the role', async () => {
    const token = signedJwt({ aud: 'vault', sub: 'shop' });
    await start({ jwt: jwt(publicKey, roles) }, { vaultAuthMethod: 'jwt', vaultRole: 'shop', vaultJwt: token }).token({});
    expect(bodies()).toEqual([{ jwt: token, role: 'shop' }]);
  });

  it('or for the default role of its mount, from a file', async () => {
    const path = file('jwt', signedJwt({ aud: 'vault', sub: 'shop' }));
    const properties = { vaultAuthMethod: 'jwt', vaultJwtPath: path, vaultAuthMountPath: 'oidc', vaultNamespace: 'team' };
    await start({ 'team/oidc': jwt(publicKey, roles, 'shop') }, properties).token({});
    expect(pathsOf(service)).toEqual(['auth/oidc/login']);
    expect(service.requests[0]?.headers['x-vault-namespace']).toBe('team');
  });

  it('tells why it is refused, and never the JWT', async () => {
    const token = signedJwt({ aud: 'other', sub: 'shop' });
    const login = start({ jwt: jwt(publicKey, roles) }, { vaultAuthMethod: 'jwt', vaultRole: 'shop', vaultJwt: token });
    const reason = 'status code 400: error validating token: invalid audience (aud) claim';
    await expect(login.token({})).rejects.toMatchObject({ detail: `couldn't log in at auth/jwt: ${reason}` });
  });
});

describe('userpass', () => {
  it.each(['me', 'a b?c#d%41', 'ünï', '…'])('logs %s in', async (name) => {
    const login = start(
      { ldap: userpass({ [name]: { password: 'p w' } }) },
      {
        vaultAuthMethod: 'userpass',
        vaultUsername: name,
        vaultPasswordPath: file('password', 'p w\n'),
        vaultAuthMountPath: 'ldap',
        vaultNamespace: '',
      },
    );
    await expect(login.token({})).resolves.toMatch(/^s\./);
    expect(pathsOf(service)).toEqual([`auth/ldap/login/${encodeURIComponent(name)}`]);
  });

  it('logs in in a namespace whose name is not ASCII', async () => {
    const properties = { vaultAuthMethod: 'userpass', vaultUsername: 'me', vaultPassword: 'p', vaultAuthNamespace: 'größe/東' };
    const sent = Buffer.from('größe/東').toString('latin1');
    const login = start({ [`${sent}/userpass`]: userpass({ me: { password: 'p' } }) }, properties);
    await expect(login.token({})).resolves.toMatch(/^s\./);
  });

  it('logs in in another namespace than that of the secrets', async () => {
    const login = start(
      { 'team/userpass': userpass({ me: { password: 'p' } }) },
      {
        vaultAuthMethod: 'userpass',
        vaultUsername: 'me',
        vaultPassword: 'p',
        vaultNamespace: 'team/shop',
        vaultAuthNamespace: 'team/',
      },
    );
    await login.token({});
    expect(service.requests[0]?.headers['x-vault-namespace']).toBe('team');
  });
});

describe('cert', () => {
  it('is the client certificate of the connection, with a role or without', async () => {
    const authority = createAuthority();
    const { cert, key } = authority.issue('vault', ['127.0.0.1']);
    await service.close();
    ({ service, logins } = await startVault({ now: clock.now, tls: { cert, key, ca: authority.cert } }));
    const methods = { cert: certificate({ web: { commonName: 'shop' } }) };
    const tlsOf = (client: { cert: string; key: string }) => ({ ca: authority.cert, cert: client.cert, key: client.key });
    const properties = { vaultAuthMethod: 'cert', clientCert: '/c', clientKey: '/k' };
    const shop = tlsOf(authority.issue('shop'));
    await start(methods, properties, { tls: shop }).token({});
    await start(methods, { ...properties, vaultRole: 'web' }, { tls: shop }).token({});
    expect(bodies()).toEqual([{}, { name: 'web' }]);
    const other = start(methods, properties, { tls: tlsOf(authority.issue('other')) });
    await expect(other.token({})).rejects.toMatchObject({
      code: 'unauthenticated',
      detail: "couldn't log in at auth/cert: status code 400: failed to match all constraints for this login certificate",
    });
  });
});
