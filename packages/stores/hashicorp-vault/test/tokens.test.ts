import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strictDialect } from '@coffer/core';
import { FakeVault } from '@coffer/fake-services/vault';
import { appRole, VaultLogins } from '@coffer/fake-services/vault/login';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from './open-store.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-vault-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(part?: VaultLogins) {
  const vault = await FakeVault.start(part === undefined ? {} : { part });
  vault.engine().put('dapr/app', { a: '1' });
  for (const token of ['first', 'second']) vault.tokens.set(token, { '*': ['read', 'list'] });
  return vault;
}
/** As an agent does: whole, and in one step. */
function write(path: string, token: string): void {
  writeFileSync(`${path}.new`, token);
  renameSync(`${path}.new`, path);
}
const sent = ({ requests }: FakeVault) => requests.map(({ headers }) => headers['x-vault-token']);

describe('the token file', () => {
  it('V39: is read again when it changes, before the server refuses', async () => {
    await using vault = await start();
    const path = join(folder, 'changing');
    write(path, 'first\n');
    const { get, store } = await openStore(vault.url, { properties: { vaultTokenMountPath: path } });
    await get('app');
    write(path, 'second\n');
    await Promise.all([get('app'), get('app')]);
    expect(sent(vault)).toEqual(['first', 'second', 'second']);
    await store.close();
  });

  it('V39: is read again when the server refuses the token, and the read is tried once more', async () => {
    await using vault = await start();
    const path = join(folder, 'refused');
    write(path, 'first');
    const { get, failure } = await openStore(vault.url, { properties: { vaultTokenMountPath: path } });
    await get('app');
    vault.tokens.delete('first');
    // The file changes while the request is on its way.
    vault.inject(
      async (response) => {
        write(path, 'second');
        response.writeHead(403).end('{"errors":["permission denied"]}');
      },
      { times: 1 },
    );
    expect(await get('app')).toEqual({ a: '1' });
    expect(sent(vault)).toEqual(['first', 'first', 'second']);
    vault.tokens.delete('second');
    expect(await failure('app')).toMatchObject({ code: 'unauthenticated' });
    expect(sent(vault)).toHaveLength(4);
  });

  it('keeps the token while the file is away or empty, and says so once', async () => {
    await using vault = await start();
    const path = join(folder, 'away');
    write(path, 'first');
    const { get, lines } = await openStore(vault.url, { properties: { vaultTokenMountPath: path } });
    rmSync(path);
    for (let i = 0; i < 3; i++) expect(await get('app')).toEqual({ a: '1' });
    write(path, '');
    expect(await get('app')).toEqual({ a: '1' });
    write(path, 'second');
    await get('app');
    expect(sent(vault)).toEqual(['first', 'first', 'first', 'first', 'second']);
    expect(lines).toEqual([
      `warn couldn't read vault token from mount path ${path} again: open ${path}: no such file or directory; the one before is used on`,
      `warn couldn't read vault token from mount path ${path} again: the file is empty; the one before is used on`,
    ]);
  });

  it('is read once under the strict dialect', async () => {
    await using vault = await start();
    const path = join(folder, 'once');
    write(path, 'first');
    const { get } = await openStore(vault.url, { dialect: strictDialect, properties: { vaultTokenMountPath: path } });
    write(path, 'second');
    await get('app');
    expect(sent(vault)).toEqual(['first']);
  });
});

describe('a policy that refuses', () => {
  it('is no reason to try another token, and the hint is the rule to add', async () => {
    await using vault = await start();
    vault.tokens.set('first', { 'secret/metadata/*': ['list'] });
    const { failure, list } = await openStore(vault.url, { properties: { vaultToken: 'first' } });
    expect(await failure('app')).toMatchObject({
      code: 'permission_denied',
      detail: `couldn't get successful response, status code 403, body {"errors":["1 error occurred:\\n\\t* permission denied\\n\\n"]}`,
      hint: 'allow it in a policy of the token: path "secret/data/dapr/app" { capabilities = ["read"] }',
    });
    vault.tokens.set('first', {});
    await expect(list()).rejects.toMatchObject({
      code: 'permission_denied',
      operation: 'list',
      hint: 'allow it in a policy of the token: path "secret/metadata/dapr/" { capabilities = ["list"] }',
    });
  });
});

describe('a login', () => {
  const properties = { vaultToken: '', vaultAuthMethod: 'approle', vaultRoleId: 'role', vaultSecretId: 'secret' };
  const logins = () =>
    new VaultLogins({
      methods: { approle: appRole({ roleId: 'role', secretIds: new Map([['secret', Number.POSITIVE_INFINITY]]) }) },
    });

  it('is made with the first read, serves the next, and ends with the store', async () => {
    const part = logins();
    await using vault = await start(part);
    const { get, store } = await openStore(vault.url, { properties });
    expect(vault.requests).toEqual([]);
    for (let i = 0; i < 2; i++) expect(await get('app')).toEqual({ a: '1' });
    const paths = vault.requests.map(({ path }) => path);
    expect(paths.filter((path) => path === '/v1/auth/approle/login')).toHaveLength(1);
    expect(part.tokens.size).toBe(1);
    await store.close();
    expect(part.tokens.size).toBe(0);
    await store.close();
  });

  it('is unknown to the strict dialect', async () => {
    await using vault = await start(logins());
    await expect(openStore(vault.url, { properties, dialect: strictDialect })).rejects.toThrow(
      'token mount path and token not set',
    );
  });
});
