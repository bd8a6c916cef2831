import {
  cutOff,
  type FakeService,
  type Fault,
  huge,
  malformed,
  redirect,
  reset,
  slowBytes,
  startFakeService,
} from '@coffer/fake-services';
import { userpass } from '@coffer/fake-services/vault/login';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoginSession } from '../../src/login/login-session.ts';
import { openLogin, startVault, type TestClock, testClock } from './support.ts';

const SETTINGS = { vaultAuthMethod: 'userpass', vaultUsername: 'me', vaultPassword: 'secret-word' };

let clock: TestClock;
let service: FakeService;
let login: LoginSession;

beforeEach(async () => {
  clock = testClock();
  const methods = { userpass: userpass({ me: { password: 'secret-word', ttl: 60_000 } }) };
  ({ service } = await startVault({ now: clock.now, methods }));
  login = openLogin(service.url, SETTINGS, { clock });
});
afterEach(async () => {
  await login.close();
  await service.close();
});

describe('a login', () => {
  it.each<[string, Fault, string, RegExp]>([
    ['whose answer breaks off', cutOff(), 'unavailable', /^couldn't log in at auth\/userpass: Post "http:.*": /],
    ['whose connection is reset', reset(), 'unavailable', /connection reset by peer$/],
    ['whose answer is no JSON', malformed(), 'unavailable', /: the answer holds no token$/],
    ['whose answer is huge', huge(40 * 2 ** 20), 'resource_exhausted', /: the answer has more than 33554432 bytes$/],
  ])('%s fails, and the next one works', async (_, fault, code, detail) => {
    service.inject(fault, { times: 1 });
    await expect(login.token({})).rejects.toMatchObject({ code, detail: expect.stringMatching(detail) });
    clock.pass(1_000);
    await expect(login.token({})).resolves.toMatch(/^s\./);
  });

  it('whose answer comes too slowly fails when its time is over', async () => {
    service.inject(slowBytes(20));
    const hurried = openLogin(service.url, SETTINGS, { clock, timeout: 200 });
    await expect(hurried.token({})).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await hurried.close();
  });

  it('takes its credentials to no other host', async () => {
    await using other = await startFakeService(() => ({ status: 200, body: { auth: { client_token: 'theirs' } } }));
    service.inject(redirect(`${other.url}/v1/auth/userpass/login/me`));
    await expect(login.token({})).rejects.toMatchObject({ code: 'unavailable' });
    expect(other.requests).toEqual([]);
  });
});
