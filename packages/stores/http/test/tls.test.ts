import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '@coffer/fake-services';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JsonVault } from './json-vault.ts';
import { failureOf, open } from './open.ts';

const authority = createAuthority();
const stranger = createAuthority('stranger');
const here = authority.issue('vault', ['127.0.0.1']);

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'coffer-http-tls-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

async function vaultOf(tls: { readonly cert: string; readonly key: string; readonly ca?: string }): Promise<JsonVault> {
  const vault = await JsonVault.start({ tls });
  vault.put('a', { a: 'x' });
  return vault;
}

describe('the certificate of the service', () => {
  it('is verified by the authorities of the setting, as text or in a file', async () => {
    await using vault = await vaultOf(here);
    const file = join(folder(), 'ca.pem');
    writeFileSync(file, `# ours\n${stranger.cert}${authority.cert}`);
    for (const ca of [authority.cert, file]) {
      await using opened = await open({ ...vault.settings(), ca });
      expect(await opened.get('a')).toEqual({ a: 'x' });
      expect(opened.lines).toEqual([]);
    }
  });

  it('is not trusted without, nor by others', async () => {
    await using vault = await vaultOf(here);
    for (const settings of [{}, { ca: stranger.cert }] as const) {
      await using opened = await open({ ...vault.settings(), ...settings });
      const failure = await failureOf(opened.get('a'));
      expect(failure).toMatchObject({ code: 'unavailable', retryable: false, hint: expect.stringContaining('check ca') });
      expect(failure.detail).toContain('tls: failed to verify certificate');
    }
    expect(vault.service.requests).toEqual([]);
  });

  it('has the name of the address, or of the setting', async () => {
    await using vault = await vaultOf(authority.issue('vault', ['vault.internal']));
    const settings = { ...vault.settings(), ca: authority.cert };
    await using wrong = await open(settings);
    expect(await failureOf(wrong.get('a'))).toMatchObject({
      code: 'unavailable',
      hint: expect.stringContaining('tlsServerName'),
    });
    await using right = await open({ ...settings, tlsServerName: 'vault.internal' });
    expect(await right.get('a')).toEqual({ a: 'x' });
  });
});

describe('the certificate of the client', () => {
  it('is shown, as text or from files, and followed when the files are replaced', async () => {
    await using vault = await vaultOf({ ...here, ca: authority.cert });
    const path = folder();
    const [clientCert, clientKey] = [join(path, 'client.pem'), join(path, 'client.key')];
    const place = (name: string) => {
      const { cert, key } = authority.issue(name);
      writeFileSync(clientCert, cert);
      writeFileSync(clientKey, key);
      return { clientCert: cert, clientKey: key };
    };
    const asText = place('one');
    let clock = 0;
    const settings = { ...vault.settings(), ca: authority.cert };
    await using fromText = await open({ ...settings, ...asText });
    await using fromFiles = await open({ ...settings, clientCert, clientKey }, { now: () => clock });
    await fromText.get('a');
    await fromFiles.get('a');
    place('two');
    await fromFiles.get('a');
    clock = 61_000;
    await fromFiles.get('a');
    expect(vault.service.requests.map(({ clientName }) => clientName)).toEqual(['one', 'one', 'one', 'two']);
    writeFileSync(clientKey, 'canary');
    clock = 122_000;
    await fromFiles.get('a');
    expect(fromFiles.lines).toEqual(["warn clientCert and clientKey don't fit; what was read before is used on"]);
  });

  it('is missed by a service that wants one', async () => {
    await using vault = await vaultOf({ ...here, ca: authority.cert });
    await using opened = await open({ ...vault.settings(), ca: authority.cert });
    expect((await failureOf(opened.get('a'))).code).toBe('unavailable');
  });
});

describe('certificates that can’t be used fail the start', () => {
  const client = authority.issue('client');
  it.each<[Readonly<Record<string, string>>, string]>([
    [{ ca: '/nowhere/ca.pem' }, "couldn't read ca: open /nowhere/ca.pem: no such file or directory"],
    [{ ca: '-----BEGIN NOTHING-----' }, 'setting ca holds no certificate'],
    [{ ca: authority.cert.replace(/\n.{20}/, '\n') }, 'setting ca holds a certificate that is none'],
    [
      { clientCert: '/nowhere/c.pem', clientKey: client.key },
      "couldn't read clientCert: open /nowhere/c.pem: no such file or directory",
    ],
    [{ clientCert: client.cert, clientKey: 'canary-key' }, "couldn't read clientKey: no such file or directory"],
    [{ clientCert: client.cert, clientKey: stranger.key }, "clientCert and clientKey don't fit"],
    [{ clientCert: client.key, clientKey: client.key }, "clientCert and clientKey don't fit"],
  ])('%#', async (settings, detail) => {
    const failure = await failureOf(open({ url: 'https://vault.test/{name}', valuePath: '$', ...settings }));
    expect(failure).toMatchObject({ code: 'failed_precondition', operation: 'init', detail });
    expect(`${failure.message}${failure.hint}${failure.cause}`).not.toContain('canary');
  });
});
