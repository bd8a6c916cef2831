import { inspect } from 'node:util';
import { answer } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { logged, openLogin, type Properties, read, startVault, testClock } from './support.ts';

const SECRET = 'a-very-secret word';

/** Everything that printing, logging or serialising an error could show, its causes included. */
function shown(value: unknown): string {
  const seen: string[] = [];
  for (let error = value; error instanceof Error; error = error.cause) {
    seen.push(
      error.message,
      error.stack ?? '',
      JSON.stringify(error),
      inspect(error, { depth: 9, showHidden: true }),
      String(error),
    );
  }
  return seen.join('\n');
}

describe('no credential is shown', () => {
  it.each<[string, Properties]>([
    ['approle', { vaultAuthMethod: 'approle', vaultRoleId: 'r', vaultSecretId: SECRET }],
    ['wrapped secret id', { vaultAuthMethod: 'approle', vaultRoleId: 'r', vaultSecretId: SECRET, vaultSecretIdWrapped: 'true' }],
    ['jwt', { vaultAuthMethod: 'jwt', vaultJwt: SECRET }],
    ['userpass', { vaultAuthMethod: 'userpass', vaultUsername: 'me', vaultPassword: SECRET }],
    ['wrapped token', { vaultToken: SECRET, vaultTokenWrapped: 'true' }],
  ])('%s, although the server repeats it', async (_, properties) => {
    for (const status of [200, 302, 400, 403, 429, 500]) {
      const { service } = await startVault();
      const { logger, lines } = logged();
      service.inject(answer(status, {}, { errors: [`no such thing: ${SECRET}`, SECRET], data: SECRET }));
      const login = openLogin(service.url, properties, { logger });
      for (let count = 0; count < 2; count++) {
        const failure = await login.token({}).catch((error) => error);
        expect(shown(failure)).toMatch(/SecretStoreError: \[\w+\] couldn't /);
        expect(shown(failure)).not.toContain(SECRET);
      }
      expect(inspect(login, { depth: 20, showHidden: true })).not.toContain(SECRET);
      expect(lines.join('\n')).not.toContain(SECRET);
      await login.close();
      await service.close();
    }
  });

  it('nor a token, in its whole life', async () => {
    const clock = testClock();
    const { service, logins } = await startVault({ now: clock.now });
    const { logger, lines } = logged();
    const auth = { client_token: SECRET, lease_duration: 60, renewable: true, policies: ['default'] };
    service.inject(answer(200, {}, { auth }), { when: ({ path }) => path.endsWith('login/me'), times: 1 });
    logins.methods = {};
    const properties = { vaultAuthMethod: 'userpass', vaultUsername: 'me', vaultPassword: 'p' };
    const login = openLogin(service.url, properties, { logger, clock });
    expect(await login.token({})).toBe(SECRET);
    service.inject(answer(500, {}, { errors: [SECRET] }), { when: ({ path }) => !path.includes('/data/') });
    clock.pass(41_000);
    await expect.poll(() => lines.some((line) => line.startsWith('warn'))).toBe(true);
    expect(await read(service, login)).toBe(403);
    expect(inspect(login, { depth: 20, showHidden: true })).not.toContain(SECRET);
    await login.close();
    expect(lines.join('\n')).not.toContain(SECRET);
    expect(lines.length).toBeGreaterThanOrEqual(3);
    await service.close();
  });
});
