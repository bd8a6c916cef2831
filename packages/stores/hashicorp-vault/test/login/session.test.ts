import { answer, type FakeService, hang, reset } from '@coffer/fake-services';
import { appRole, type FakeMethod, type TokenRules, userpass, type VaultLogins } from '@coffer/fake-services/vault/login';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoginSession } from '../../src/login/login-session.ts';
import { logged, openLogin, type Properties, pathsOf, read, startVault, type TestClock, testClock } from './support.ts';

const USER: Properties = { vaultAuthMethod: 'userpass', vaultUsername: 'shop', vaultPassword: 'secret-word' };
/** The secret id is good for one login. */
const APP: Properties = { vaultAuthMethod: 'approle', vaultRoleId: 'r', vaultSecretId: 's' };
const LOGIN = 'auth/userpass/login/shop';
const APP_LOGIN = 'auth/approle/login';
const RENEW = 'auth/token/renew-self';
const LOOK_UP = 'auth/token/lookup-self';
const REVOKE = 'auth/token/revoke-self';

let clock: TestClock;
let service: FakeService;
let logins: VaultLogins;
let log: ReturnType<typeof logged>;
const open: LoginSession[] = [];

beforeEach(async () => {
  clock = testClock();
  log = logged();
  ({ service, logins } = await startVault({ now: clock.now }));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((login) => login.close()));
  await service.close();
});

function start(rules: TokenRules, properties: Properties = USER, timeout = 30_000): LoginSession {
  logins.methods = {
    userpass: users(rules),
    approle: appRole({ roleId: 'r', secretIds: new Map([['s', 1]]), ...rules }),
  };
  const login = openLogin(service.url, properties, { clock, logger: log.logger, timeout });
  open.push(login);
  return login;
}

function users(rules: TokenRules, password = 'secret-word'): FakeMethod {
  return userpass({ shop: { password, ...rules } });
}

function callsOf(path: string): number {
  return pathsOf(service).filter((seen) => seen === path).length;
}

/** When this path has been asked for so often, and the next refresh is planned. */
async function refreshed(path: string, count: number): Promise<void> {
  await vi.waitFor(() => expect([callsOf(path), clock.timers]).toEqual([count, 1]));
}

describe('logging in', () => {
  it('asks nothing before the first call, and logs in once for all that come at once', async () => {
    const login = start({ ttl: 3_600_000 });
    expect(service.requests).toEqual([]);
    const tokens = await Promise.all(Array.from({ length: 50 }, () => login.token({})));
    expect(new Set(tokens).size).toBe(1);
    expect(pathsOf(service)).toEqual([LOGIN]);
    expect(service.requests[0]?.headers['x-vault-token']).toBeUndefined();
  });

  it('goes on for the others when one of them gives up', async () => {
    const login = start({ ttl: 3_600_000 });
    service.delay = 50;
    const controller = new AbortController();
    const [first, second] = [login.token({ signal: controller.signal }), login.token({})];
    controller.abort();
    await expect(first).rejects.toMatchObject({ code: 'canceled' });
    await expect(second).resolves.toMatch(/^s\./);
    expect(pathsOf(service)).toEqual([LOGIN]);
  });

  it('is kept when all who waited gave up: its credential may be good for one use', async () => {
    const login = start({ ttl: 3_600_000 }, APP);
    service.delay = 50;
    await expect(login.token({ signal: AbortSignal.timeout(10) })).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await expect(login.token({})).resolves.toMatch(/^s\./);
    expect(pathsOf(service)).toEqual([APP_LOGIN]);
  });

  it('fails at once for a caller that has already given up', async () => {
    const login = start({});
    await expect(login.token({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'canceled' });
    expect(service.requests).toEqual([]);
  });

  it('ends with its time limit when the server does not answer', async () => {
    const login = start({}, USER, 200);
    service.inject(hang());
    await expect(login.token({})).rejects.toMatchObject({ code: 'deadline_exceeded', retryable: true });
  });
});

describe('a login that fails', () => {
  it('tells wrong credentials, and does not try them again until the pause is over', async () => {
    const login = start({ ttl: 60_000 });
    logins.methods = { userpass: users({}, 'another') };
    const first = await login.token({}).catch((error) => error);
    const detail = "couldn't log in at auth/userpass: status code 400: invalid username or password";
    expect(first).toMatchObject({ code: 'unauthenticated', detail, retryable: false });
    const second = await login.token({}).catch((error) => error);
    expect(second).toMatchObject({ code: 'unauthenticated', detail });
    expect(second.hint).toMatch(/; the next login is tried in 6s, or with other credentials$/);
    expect(pathsOf(service)).toHaveLength(1);
    clock.pass(6_000);
    await expect(login.token({})).rejects.toThrow('invalid username or password');
    expect(pathsOf(service)).toHaveLength(2);
  });

  it('begins with a short pause again after one that worked', async () => {
    const login = start({ ttl: 60_000, renewable: false });
    const fail = async () => {
      logins.methods = { userpass: users({}, 'another') };
      await expect(login.token({})).rejects.toMatchObject({ code: 'unauthenticated' });
      return (await login.token({}).catch((error) => error)).hint;
    };
    expect(await fail()).toMatch(/tried in 6s/);
    clock.pass(6_000);
    logins.methods = { userpass: users({ ttl: 60_000, renewable: false }) };
    await login.token({});
    clock.pass(600_000);
    expect(await fail()).toMatch(/tried in 6s/);
  });

  it('never tries as often as locks the user, however long reads go on', async () => {
    const login = start({ ttl: 60_000 });
    logins.methods = { userpass: users({}, 'another') };
    for (let second = 0; second < 3 * 3600; second += 5) {
      // A fifth try within a quarter of an hour of the last is answered 403.
      await expect(login.token({})).rejects.toMatchObject({ detail: expect.stringContaining('status code 400') });
      clock.pass(5_000);
    }
    expect(pathsOf(service).length).toBeLessThan(16);
  });

  it.each([
    [403, 'unauthenticated', 'check vaultUsername and the password; several wrong ones lock the user for a while'],
    [404, 'failed_precondition', 'check vaultAddr, vaultAuthMountPath and vaultAuthNamespace or vaultNamespace'],
    [500, 'unavailable', undefined],
    [503, 'unavailable', 'the server is sealed, or not ready'],
    [429, 'resource_exhausted', 'the server limits the rate of logins'],
    [307, 'unavailable', 'the answer is not that of a Vault server: check vaultAddr'],
    [418, 'unknown', undefined],
  ])('status %s is %s', async (status, code, hint) => {
    const login = start({});
    service.inject(answer(status, {}, { errors: ['some trouble'] }));
    const detail = `couldn't log in at auth/userpass: status code ${status}: some trouble`;
    await expect(login.token({})).rejects.toMatchObject({ code, detail, hint });
  });

  it('waits as long as a 429 asks', async () => {
    const login = start({ ttl: 60_000 });
    service.inject(answer(429, { 'retry-after': '20' }), { times: 1 });
    await expect(login.token({})).rejects.toMatchObject({ code: 'resource_exhausted' });
    clock.pass(19_000);
    await expect(login.token({})).rejects.toMatchObject({ code: 'resource_exhausted' });
    expect(pathsOf(service)).toHaveLength(1);
    clock.pass(1_000);
    await expect(login.token({})).resolves.toMatch(/^s\./);
  });

  it('comes back soon after the server does', async () => {
    const login = start({ ttl: 60_000 });
    service.inject(reset(), { times: 1 });
    await expect(login.token({})).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    clock.pass(300);
    await expect(login.token({})).resolves.toMatch(/^s\./);
  });

  it.each([
    ['no JSON', '<html>', 'unavailable', 'the answer holds no token'],
    ['no token', '{"auth":null}', 'unavailable', 'the answer holds no token'],
    [
      'a second factor',
      '{"auth":{"client_token":"","mfa_requirement":{"mfa_request_id":"x"}}}',
      'failed_precondition',
      'the server asks for multi-factor authentication',
    ],
  ])('an answer with %s', async (_, body, code, detail) => {
    const login = start({});
    service.inject(answer(200, {}, body));
    await expect(login.token({})).rejects.toMatchObject({ code, detail: `couldn't log in at auth/userpass: ${detail}` });
  });
});

describe('the life of a token', () => {
  it('is renewed at two thirds while it is used', async () => {
    const login = start({ ttl: 60_000, maxTtl: 3_600_000 });
    const token = await login.token({});
    for (let round = 1; round <= 5; round++) {
      clock.pass(39_000);
      expect(callsOf(RENEW)).toBe(round - 1);
      clock.pass(2_000);
      await refreshed(RENEW, round);
      expect(await login.token({})).toBe(token);
    }
    expect(pathsOf(service)).toEqual([LOGIN, RENEW, RENEW, RENEW, RENEW, RENEW]);
  });

  it('is renewed by who asks for it, when nobody had by the time that its timer ran', async () => {
    const login = start({ ttl: 60_000 });
    const token = await login.token({});
    clock.pass(41_000);
    await refreshed(RENEW, 1);
    clock.pass(41_000);
    expect(callsOf(RENEW)).toBe(1);
    expect(await login.token({})).toBe(token);
    await refreshed(RENEW, 2);
  });

  it('is left to end when nobody uses it, and replaced by who needs it next', async () => {
    const login = start({ ttl: 60_000 });
    const token = await login.token({});
    clock.pass(41_000);
    await refreshed(RENEW, 1);
    clock.pass(41_000);
    clock.pass(41_000);
    expect(pathsOf(service)).toEqual([LOGIN, RENEW]);
    expect(await login.token({})).not.toBe(token);
    expect(pathsOf(service)).toEqual([LOGIN, RENEW, LOGIN]);
  });

  it('is kept alive unused when its credential may not work again', async () => {
    const login = start({ ttl: 60_000 }, APP);
    const token = await login.token({});
    for (let round = 1; round <= 4; round++) {
      clock.pass(41_000);
      await refreshed(RENEW, round);
    }
    expect(await login.token({})).toBe(token);
  });

  it('is replaced before it ends when its longest life is near, without a read that waits', async () => {
    const login = start({ ttl: 60_000, maxTtl: 100_000 });
    const first = await login.token({});
    clock.pass(41_000);
    await refreshed(RENEW, 1);
    expect(await login.token({})).toBe(first);
    // At 81 s: 19 s are left, which is less than half of what it was.
    clock.pass(40_000);
    await refreshed(RENEW, 2);
    expect(await login.token({})).toBe(first);
    clock.pass(13_000);
    await refreshed(LOGIN, 2);
    expect(await login.token({})).not.toBe(first);
    expect(pathsOf(service)).toEqual([LOGIN, RENEW, RENEW, LOGIN]);
  });

  it.each([
    ['a batch token', { type: 'batch' } as const],
    ['one that is not renewable', { renewable: false }],
  ])('%s is replaced before it ends, and never renewed', async (_, rules) => {
    const login = start({ ttl: 60_000, ...rules });
    const first = await login.token({});
    clock.pass(41_000);
    await refreshed(LOGIN, 2);
    expect(await login.token({})).not.toBe(first);
    expect(pathsOf(service)).toEqual([LOGIN, LOGIN]);
  });

  it('without end has no timer', async () => {
    const login = start({});
    service.inject(answer(200, {}, { auth: { client_token: 'root', lease_duration: 0 } }));
    expect(await login.token({})).toBe('root');
    expect(clock.timers).toBe(0);
    clock.pass(10 ** 12);
    expect(await login.token({})).toBe('root');
  });

  it('longer than any timer is renewed in its time', async () => {
    const day = 86_400_000;
    const login = start({ ttl: 300 * day, maxTtl: 3000 * day });
    await login.token({});
    // Two thirds: 200 days.
    for (let passed = 20; passed < 200; passed += 20) clock.pass(20 * day);
    expect(await read(service, login)).toBe(200);
    expect(callsOf(RENEW)).toBe(0);
    for (let more = 0; more < 2; more++) clock.pass(20 * day);
    await refreshed(RENEW, 1);
  });

  it('serves on while the server is away, tries again with pauses, and is replaced once it has ended', async () => {
    const login = start({ ttl: 60_000 });
    const first = await login.token({});
    service.inject(answer(503, {}, { errors: ['Vault is sealed'] }));
    clock.pass(41_000);
    await refreshed(RENEW, 1);
    for (let count = 0; count < 10; count++) expect(await read(service, login)).toBe(503);
    expect([callsOf(LOGIN), callsOf(RENEW)]).toEqual([1, 1]);
    clock.pass(1_000);
    await refreshed(RENEW, 2);
    clock.pass(20_000);
    await expect(login.token({})).rejects.toMatchObject({ code: 'unavailable' });
    service.clearFaults();
    clock.pass(6_000);
    expect(await login.token({})).not.toBe(first);
    expect(log.lines.filter((line) => line.startsWith('warn'))).toEqual([
      "warn the token of auth/userpass, good for 14s more, was not refreshed: couldn't renew the token: status code 503: Vault is sealed",
    ]);
  });

  it('is left alone in its last moments when it could not be refreshed', async () => {
    const login = start({ ttl: 6_000 });
    const token = await login.token({});
    service.inject(answer(503), { when: ({ path }) => path.endsWith(RENEW) });
    clock.pass(5_000);
    expect(await login.token({})).toBe(token);
    await vi.waitFor(() => expect(log.lines.some((line) => line.startsWith('warn'))).toBe(true));
    for (let count = 0; count < 10; count++) expect(await read(service, login)).toBe(200);
    expect(callsOf(RENEW)).toBe(1);
  });

  it('that can not be renewed any more is replaced', async () => {
    const login = start({ ttl: 60_000 });
    const first = await login.token({});
    logins.tokens.revoke(first);
    clock.pass(41_000);
    await refreshed(LOGIN, 2);
    expect(await login.token({})).not.toBe(first);
  });
});

describe('a token that is refused', () => {
  it('is replaced once, for all who were refused, when the server no longer knows it', async () => {
    const login = start({ ttl: 3_600_000 });
    expect(await read(service, login)).toBe(200);
    logins.tokens.revoke(await login.token({}));
    clock.pass(10_000);
    service.delay = 20;
    expect(await Promise.all(Array.from({ length: 20 }, () => read(service, login)))).toEqual(Array(20).fill(200));
    expect(callsOf(LOGIN)).toBe(2);
    expect(callsOf(LOOK_UP)).toBe(1);
  });

  it('stays when the server knows it: the read is denied', async () => {
    const login = start({ ttl: 3_600_000 });
    const token = await login.token({});
    clock.pass(10_000);
    for (let count = 0; count < 10; count++) expect(await read(service, login, 'denied')).toBe(403);
    expect([callsOf(LOGIN), callsOf(LOOK_UP)]).toEqual([1, 1]);
    expect(await login.token({})).toBe(token);
  });

  it('is not even looked up when it is fresh', async () => {
    const login = start({ ttl: 3_600_000 });
    expect(await read(service, login, 'denied')).toBe(403);
    expect(pathsOf(service)).toEqual([LOGIN, 'secret/data/denied']);
  });

  it('is not replaced again and again when its policies lie about look-ups', async () => {
    const login = start({ ttl: 3_600_000 });
    service.inject(answer(403), { when: ({ path }) => path.endsWith(LOOK_UP) });
    for (let second = 0; second < 50; second += 5) {
      clock.pass(5_000);
      expect(await read(service, login, 'denied')).toBe(403);
    }
    expect(callsOf(LOGIN)).toBe(2);
  });

  it('that may not look itself up is replaced once in a while, and kept when that fails', async () => {
    const login = start({ ttl: 3_600_000, policies: ['shop'] }, APP);
    const first = await login.token({});
    clock.pass(30_000);
    expect(await read(service, login, 'denied')).toBe(403);
    expect(callsOf(APP_LOGIN)).toBe(1);
    clock.pass(60_000);
    for (let count = 0; count < 10; count++) expect(await read(service, login, 'denied')).toBe(403);
    expect(callsOf(APP_LOGIN)).toBe(2);
    expect(log.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
    expect(await login.token({})).toBe(first);
    expect(await read(service, login)).toBe(200);
  });

  it('that may not look itself up is replaced when it was revoked', async () => {
    const login = start({ ttl: 3_600_000, policies: ['shop'] });
    logins.tokens.revoke(await login.token({}));
    clock.pass(61_000);
    expect(await read(service, login)).toBe(200);
  });

  it('stays when it can not be looked up', async () => {
    const login = start({ ttl: 3_600_000 });
    await login.token({});
    clock.pass(10_000);
    service.inject(answer(500), { when: ({ path }) => path.endsWith(LOOK_UP) });
    expect(await read(service, login, 'denied')).toBe(403);
    expect(callsOf(LOGIN)).toBe(1);
  });

  it('makes the caller hear why no other could be had', async () => {
    const login = start({ ttl: 3_600_000 });
    logins.tokens.revoke(await login.token({}));
    clock.pass(10_000);
    logins.methods = { userpass: users({}, 'another') };
    await expect(read(service, login)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('that was replaced meanwhile asks for another try', async () => {
    const login = start({ ttl: 3_600_000 });
    await login.token({});
    expect(await login.rejected('s.older')).toBe(true);
    expect(pathsOf(service)).toEqual([LOGIN]);
  });

  it('lets one who waits for the look-up give up', async () => {
    const login = start({ ttl: 3_600_000 });
    const token = await login.token({});
    clock.pass(10_000);
    service.inject(hang(), { when: ({ path }) => path.endsWith(LOOK_UP) });
    const waiting = login.rejected(token, { signal: AbortSignal.timeout(20) });
    await expect(waiting).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });
});

describe('closing', () => {
  it('revokes the token, stops the timer, and refuses what comes later', async () => {
    const login = start({ ttl: 60_000 });
    const token = await login.token({});
    await Promise.all([login.close(), login.close()]);
    expect(pathsOf(service)).toEqual([LOGIN, REVOKE]);
    expect(service.requests[1]?.headers['x-vault-token']).toBe(token);
    expect(logins.tokens.size).toBe(0);
    expect(clock.timers).toBe(0);
    await expect(login.token({})).rejects.toMatchObject({ code: 'unavailable', detail: 'the store is closed' });
    expect(await login.rejected(token)).toBe(false);
  });

  it('revokes nothing that has ended, and no batch token', async () => {
    const login = start({ ttl: 60_000 }, APP);
    await login.token({});
    service.inject(answer(503));
    clock.pass(61_000);
    await login.close();
    const batch = start({ ttl: 60_000, type: 'batch' });
    service.clearFaults();
    await batch.token({});
    await batch.close();
    expect(callsOf(REVOKE)).toBe(0);
  });

  it('ends a login that is under way', async () => {
    const login = start({});
    service.inject(hang());
    const token = login.token({});
    await vi.waitFor(() => expect(service.requests).toHaveLength(1));
    await login.close();
    await expect(token).rejects.toMatchObject({ code: 'unavailable', detail: 'the store is closed' });
  });

  it('does not mind a server that refuses', async () => {
    const login = start({ ttl: 60_000 });
    await login.token({});
    service.inject(answer(403));
    await login.close();
    const text = "the token was not revoked and ends by itself: couldn't revoke the token: status code 403";
    expect(log.lines.at(-1)).toBe(`debug ${text}`);
  });

  it('without a token asks nothing', async () => {
    await start({}).close();
    expect(service.requests).toEqual([]);
  });
});
