import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strictDialect } from '@coffer/core';
import { checkSettings, type SecretStoreError } from '@coffer/core/driver';
import { FakeVault } from '@coffer/fake-services/vault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { openStore } from './open-store.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-vault-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Properties = Readonly<Record<string, string>>;
const TOKEN: Properties = { vaultToken: 'root' };
const problemsOf = (properties: Properties, doubtful: 'refused' | 'tolerated' = 'refused') =>
  checkSettings(definition, properties, doubtful).problems.map(({ severity, name, message, hint }) => ({
    severity,
    name,
    message,
    hint,
  }));

describe('settings', () => {
  it('V2: one token is enough', () => expect(problemsOf(TOKEN)).toEqual([]));

  it.each([
    ['V3', {}, 'token mount path and token not set'],
    ['V3', { vaultToken: '', vaultTokenMountPath: '' }, 'token mount path and token not set'],
    ['V4', { vaultToken: 'a', vaultTokenMountPath: '/b' }, 'token mount path and token both set'],
    [
      'V14',
      { ...TOKEN, vaultValueType: 'incorrect' },
      'vault init error, invalid value type incorrect, accepted values are map or text',
    ],
    ['V15', { ...TOKEN, vaultValueType: 'Map' }, 'vault init error, invalid value type Map, accepted values are map or text'],
  ] as const)('%s: %j is an error with the reference’s text, in either dialect', (_, properties, message) => {
    for (const doubtful of ['refused', 'tolerated'] as const) {
      expect(problemsOf(properties, doubtful)).toContainEqual(expect.objectContaining({ severity: 'error', message }));
    }
  });

  it.each([
    ['engineVersion', '3', 'setting engineVersion is not one of 2, 1', undefined],
    ['requestTimeout', 'soon', undefined, undefined],
    ['vaultAdr', 'x', 'setting vaultAdr is not known', 'did you mean vaultAddr?'],
    ['vaulttoken_path', 'x', undefined, undefined],
    ['skipVerify', 'ja', 'setting skipVerify is not a boolean', 'use true or false; Dapr takes it for false'],
    ['vaultKVUsePrefix', 'enabled', 'setting vaultKVUsePrefix is not a boolean', undefined],
    ['vaultAddr', '127.0.0.1:8200', 'setting vaultAddr is no URL', 'write it as https://vault.example.com:8200'],
    ['vaultAddr', ' http://vault', 'setting vaultAddr is no URL', undefined],
    ['vaultAddr', 'ftp://vault', 'setting vaultAddr has neither the scheme http nor https', undefined],
    ['vaultAddr', 'localhost:8200', 'setting vaultAddr has neither the scheme http nor https', undefined],
    ['vaultAddr', 'http://vault?x=', 'setting vaultAddr has a query', undefined],
    ['vaultAddr', 'http://me:canary@vault', 'setting vaultAddr holds a user or a password', undefined],
    ['enginePath', 'a/../b', 'setting enginePath has a part that is . or ..', undefined],
    ['vaultKVPrefix', '../x', 'setting vaultKVPrefix has a part that is . or ..', undefined],
    ['clientCert', '/c.pem', 'clientCert is set and clientKey is not', 'set both'],
    ['clientKey', '/k.pem', 'clientKey is set and clientCert is not', 'set both'],
  ])('%s: %j fails the component', (name, value, message, hint) => {
    const problems = problemsOf({ ...TOKEN, [name]: value }).filter(({ severity }) => severity === 'error');
    expect(problems).toHaveLength(1);
    if (message !== undefined) expect(problems[0]?.message).toBe(message);
    if (hint !== undefined) expect(problems[0]?.hint).toBe(hint);
    expect(JSON.stringify(problems)).not.toContain('canary');
  });

  it('what daprd takes is only warned of under the strict dialect', () => {
    for (const properties of [{ vaultAddr: 'ftp://x' }, { skipVerify: 'ja' }, { vaultKVPrefix: '../x' }]) {
      expect(problemsOf({ ...TOKEN, ...properties }, 'tolerated')).toMatchObject([{ severity: 'warning' }]);
    }
  });

  it('warns of a prefix that is switched off', () => {
    const problems = problemsOf({ ...TOKEN, vaultKVPrefix: 'shop', vaultKVUsePrefix: 'no' });
    expect(problems).toMatchObject([
      { severity: 'warning', message: 'vaultKVPrefix is not used while vaultKVUsePrefix is false' },
    ]);
  });

  it.each([
    'vaultAddr',
    'enginePath',
    'vaultKVPrefix',
    'vaultValueType',
    'vaultNamespace',
    'caPem',
    'caPath',
    'caCert',
    'tlsServerName',
    'skipVerify',
    'requestTimeout',
    'clientCert',
    'clientKey',
  ])('%s: empty is as good as absent', (name) => expect(problemsOf({ ...TOKEN, [name]: '' })).toEqual([]));

  it('are not looked at when a wrong one is beside them', () => {
    expect(problemsOf({ engineVersion: '3' })).toMatchObject([{ name: 'engineVersion' }]);
  });

  it('V1, V5: a token file is read at start, without the white space around it', async () => {
    await using vault = await FakeVault.start();
    vault.engine().put('dapr/app', { a: '1' });
    const path = join(folder, 'token');
    writeFileSync(path, ' root\n\n');
    const { get } = await openStore(vault.url, { properties: { vaultTokenMountPath: path } });
    expect(await get('app')).toEqual({ a: '1' });
    expect(vault.requests[0]?.headers['x-vault-token']).toBe('root');
    const missing = join(folder, 'missing');
    const failure = async (path: string): Promise<SecretStoreError> =>
      await openStore(vault.url, { properties: { vaultTokenMountPath: path } }).then(
        () => Promise.reject(new Error('opened')),
        (error) => error,
      );
    expect(await failure(missing)).toMatchObject({
      code: 'failed_precondition',
      detail: `couldn't read vault token from mount path ${missing} err: open ${missing}: no such file or directory`,
      hint: 'check vaultTokenMountPath, and that the agent which writes the file starts before',
    });
    expect(await failure(folder)).toMatchObject({
      detail: `couldn't read vault token from mount path ${folder} err: read ${folder}: is a directory`,
    });
    writeFileSync(path, '\n');
    expect(await failure(path)).toMatchObject({
      detail: `couldn't read vault token from mount path ${path} err: the file is empty`,
    });
  });

  it('V2: an inline token is trimmed, but for the strict dialect, where a line break fails every read', async () => {
    await using vault = await FakeVault.start();
    vault.engine().put('dapr/app', { a: '1' });
    expect(await (await openStore(vault.url, { properties: { vaultToken: ' root\n' } })).get('app')).toEqual({ a: '1' });
    const strict = await openStore(vault.url, { properties: { vaultToken: 'root\n' }, dialect: strictDialect });
    const error = await strict.failure('app');
    expect(error).toMatchObject({ code: 'unauthenticated', detail: expect.stringMatching(/^couldn't get secret: /) });
    const inside = await openStore(vault.url, { properties: { vaultToken: 'a\nb' } });
    expect(await inside.failure('app')).toMatchObject({ code: 'unauthenticated' });
  });

  it('a token that is not ASCII is sent as UTF-8', async () => {
    await using vault = await FakeVault.start();
    vault.tokens.set(Buffer.from('ü', 'utf8').toString('latin1'), { '*': ['read'] });
    vault.engine().put('dapr/app', { a: '1' });
    expect(await (await openStore(vault.url, { properties: { vaultToken: 'ü' } })).get('app')).toEqual({ a: '1' });
  });

  it('V40: init asks the server nothing', async () => {
    const { failure } = await openStore('http://127.0.0.1:1');
    expect(await failure('app')).toMatchObject({
      code: 'unavailable',
      detail: expect.stringMatching(/^couldn't get secret: Get "/),
    });
  });

  it('an address with slashes at its end and a path', async () => {
    await using vault = await FakeVault.start();
    vault.engine().put('dapr/app', { a: '1' });
    const { get } = await openStore(`${vault.url}//`);
    expect(await get('app')).toEqual({ a: '1' });
    const strict = await openStore(`${vault.url}/`, { dialect: strictDialect });
    await strict.failure('app');
    expect(vault.requests.find(({ path }) => path.startsWith('//'))?.path).toBe('//v1/secret/data/dapr/app');
    const behind = await openStore(`${vault.url}/behind/proxy`);
    await behind.failure('app');
    expect(vault.requests.map(({ path }) => path)).toContain('/behind/proxy/v1/secret/data/dapr/app');
  });
});
