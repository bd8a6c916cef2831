import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strictDialect } from '@coffer/core';
import type { SecretStoreError } from '@coffer/core/driver';
import { createAuthority } from '@coffer/fake-services';
import { FakeVault } from '@coffer/fake-services/vault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Setup } from './open-store.ts';

const authority = createAuthority();
const other = createAuthority('another authority');
const server = authority.issue('vault.test', ['127.0.0.1', 'vault.test']);
const client = authority.issue('shop');
let vault: FakeVault;
let folder: string;
let file: (name: string, text: string) => string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'store-vault-'));
  file = (name, text) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  vault = await FakeVault.start({ tls: server });
  vault.engine().put('dapr/app', { a: 'over TLS' });
  mkdirSync(join(folder, 'cas', 'sub'), { recursive: true });
  file('cas/ca.pem', authority.cert);
  file('cas/sub/again.pem', `a comment\n${other.cert}${authority.cert}`);
  mkdirSync(join(folder, 'empty'));
  // As Kubernetes mounts a ConfigMap.
  mkdirSync(join(folder, 'mount', '..2026_11_25'), { recursive: true });
  file('mount/..2026_11_25/ca.crt', authority.cert);
  symlinkSync('..2026_11_25', join(folder, 'mount', '..data'));
  symlinkSync('..data/ca.crt', join(folder, 'mount', 'ca.crt'));
});
afterAll(async () => {
  await vault.close();
  rmSync(folder, { recursive: true });
});

const read = async (properties: Record<string, string>, setup: Setup = {}) => {
  const opened = await openStore(vault.url, { properties, ...setup });
  const answer = await opened.get('app').catch((error: SecretStoreError) => error);
  await opened.store.close();
  return { answer, lines: opened.lines };
};
const OK = { a: 'over TLS' };

describe('TLS', () => {
  it.each<[string, () => Record<string, string>]>([
    ['caPem', () => ({ caPem: authority.cert })],
    ['V22: caPath', () => ({ caPath: join(folder, 'cas') })],
    ['caCert', () => ({ caCert: join(folder, 'cas/ca.pem') })],
    ['V22: caPath as Kubernetes mounts it', () => ({ caPath: join(folder, 'mount') })],
    ['V20: caPem before the others', () => ({ caPem: authority.cert, caPath: '/missing', caCert: '/missing' })],
    ['V20: caPath before caCert', () => ({ caPath: join(folder, 'cas'), caCert: '/missing' })],
    ['V17: skipVerify', () => ({ skipVerify: 'true' })],
    [
      'V18: skipVerify and wrong certificates',
      () => ({ skipVerify: 'true', caPem: 'garbage', caCert: '/missing', tlsServerName: 'x' }),
    ],
    ['V17: skipVerify as a boolean', () => ({ skipVerify: 'True' })],
    ['V41: tlsServerName', () => ({ caPem: authority.cert, tlsServerName: 'vault.test' })],
  ])('%s is enough', async (_, properties) => expect((await read(properties())).answer).toEqual(OK));

  it.each<[string, () => Record<string, string>]>([
    ['nothing', () => ({})],
    ['V41: another name', () => ({ caPem: authority.cert, tlsServerName: 'wrong.example' })],
    ['another authority', () => ({ caPem: other.cert })],
    ['an empty folder', () => ({ caPath: join(folder, 'empty') })],
  ])('%s is not: init goes through, reads fail with a hint', async (_, properties) => {
    expect((await read(properties())).answer).toMatchObject({
      code: 'unavailable',
      detail: expect.stringMatching(/^couldn't get secret: Get ".*": tls: failed to verify certificate: /),
      hint: expect.stringContaining('caPem'),
      retryable: false,
    });
  });

  it('V17: the strict dialect takes true alone, and tells of it for information', async () => {
    const setup = { dialect: strictDialect };
    for (const skipVerify of ['True', '1'])
      expect((await read({ skipVerify }, setup)).answer).toMatchObject({ code: 'unavailable' });
    const strict = await read({ skipVerify: 'true' }, setup);
    expect([strict.answer, strict.lines]).toEqual([OK, [expect.stringMatching(/^info skipVerify is true: /)]]);
    expect((await read({ skipVerify: 'true' })).lines).toEqual([expect.stringMatching(/^warn skipVerify is true: /)]);
  });

  it.each<[string, () => Record<string, string>, string]>([
    ['V19', () => ({ caPem: 'garbage' }), "couldn't read PEM"],
    ['V19', () => ({ caPem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }), "couldn't read PEM"],
    ['caCert', () => ({ caCert: file('garbage', 'garbage') }), "couldn't read PEM"],
    ['caCert', () => ({ caCert: '/missing' }), "couldn't read CA file from disk: open /missing: no such file or directory"],
    ['V21', () => ({ caPath: '/missing' }), "couldn't read certificates at /missing: open /missing: no such file or directory"],
    [
      'clientCert',
      () => ({ clientCert: '/missing', clientKey: client.key }),
      "couldn't read clientCert from disk: open /missing: no such file or directory",
    ],
    [
      'clientKey',
      () => ({ clientCert: client.cert, clientKey: 'canary' }),
      "couldn't read clientKey from disk: open: no such file or directory",
    ],
    [
      'a key that does not fit',
      () => ({ clientCert: client.cert, clientKey: other.key }),
      "the client certificate and its key don't fit",
    ],
  ])('%s: what can’t be read fails init', async (_, properties, words) => {
    await expect(openStore(vault.url, { properties: properties() })).rejects.toMatchObject({
      code: 'failed_precondition',
      operation: 'init',
      detail: `couldn't create client using config: ${words}`,
    });
  });

  it('V22: one bad file below caPath fails init, and the strict dialect reads the entries with dots', async () => {
    mkdirSync(join(folder, 'bad', 'sub'), { recursive: true });
    file('bad/a.pem', authority.cert);
    file('bad/sub/b.pem', 'garbage');
    const detail = `couldn't create client using config: couldn't read certificates at ${join(folder, 'bad')}: couldn't read PEM`;
    await expect(openStore(vault.url, { properties: { caPath: join(folder, 'bad') } })).rejects.toMatchObject({ detail });
    const mount = join(folder, 'mount');
    await expect(openStore(vault.url, { properties: { caPath: mount }, dialect: strictDialect })).rejects.toThrow(
      `couldn't read certificates at ${mount}: `,
    );
  });

  it('a client certificate, as text or as files', async () => {
    await using asking = await FakeVault.start({ tls: { ...server, ca: authority.cert } });
    asking.engine().put('dapr/app', OK);
    const texts = { clientCert: client.cert, clientKey: client.key };
    const files = { clientCert: file('client.pem', client.cert), clientKey: file('client-key.pem', client.key) };
    for (const properties of [texts, files]) {
      const { get, store } = await openStore(asking.url, { properties: { caPem: authority.cert, ...properties } });
      expect(await get('app')).toEqual(OK);
      await store.close();
    }
    expect(asking.requests.map(({ clientName }) => clientName)).toEqual(['shop', 'shop']);
    const without = await openStore(asking.url, { properties: { caPem: authority.cert } });
    expect(await without.failure('app')).toMatchObject({ code: 'unavailable' });
  });

  it('files that are replaced, a minute later; what can’t be read leaves the ones before in force', async () => {
    await using asking = await FakeVault.start({ tls: { ...server, ca: authority.cert } });
    asking.engine().put('dapr/app', OK);
    const [first, second] = [authority.issue('first'), authority.issue('second')];
    const properties = { caCert: file('ca', authority.cert), clientCert: file('c', first.cert), clientKey: file('k', first.key) };
    let time = 0;
    const { get, store, lines } = await openStore(asking.url, { properties, dependencies: { now: () => time } });
    const seen = async (): Promise<string | undefined> => {
      asking.dropConnections();
      await get('app');
      return asking.requests.at(-1)?.clientName;
    };
    expect(await seen()).toBe('first');
    file('c', second.cert);
    time = 59_000;
    expect(await seen()).toBe('first');
    time = 60_000;
    expect(await seen()).toBe('first');
    file('k', second.key);
    time = 130_000;
    expect(await seen()).toBe('second');
    file('ca', 'garbage');
    for (time = 200_000; time < 500_000; time += 100_000) expect(await seen()).toBe('second');
    expect(lines).toEqual([
      "warn couldn't create client using config: the client certificate and its key don't fit; what was read before is used on",
      "warn couldn't create client using config: couldn't read PEM; what was read before is used on",
    ]);
    await store.close();
  });

  it('the sidecar that speaks http to an https server', async () => {
    const { failure } = await openStore(vault.url.replace('https', 'http'));
    expect((await failure('app')).code).toBe('unavailable');
  });
});
