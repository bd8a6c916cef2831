import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { strictDialect } from '@coffer/core';
import { createAuthority } from '@coffer/fake-services';
import { ADMIN_KEYS, type FakeAws, startFakeAws } from '@coffer/fake-services/aws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from './ssm.ts';

const ANYWHERE = {
  trustAnchorArn: 'arn:aws:rolesanywhere:us-east-1:123456789012:trust-anchor/a',
  trustProfileArn: 'arn:aws:rolesanywhere:us-east-1:123456789012:profile/p',
  assumeRoleArn: 'arn:aws:iam::123456789012:role/shop',
};
const KEYS = { accessKey: ADMIN_KEYS.accessKeyId, secretKey: ADMIN_KEYS.secretAccessKey };
const authority = createAuthority('root');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'roles-anywhere-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(): Promise<FakeAws> {
  const fake = await startFakeAws();
  fake.parameterStore.put('app', 'value');
  fake.rolesAnywhere.trustAnchors.set(ANYWHERE.trustAnchorArn, authority.cert);
  fake.rolesAnywhere.profiles.set(ANYWHERE.trustProfileArn, { roleArns: [ANYWHERE.assumeRoleArn] });
  return fake;
}

describe('IAM Roles Anywhere', () => {
  it.each(['ec', 'rsa'] as const)('S28: makes a session at init with an %s key, and goes before keys', async (keyType) => {
    await using fake = await start();
    const { cert, key } = authority.issue('workload', [], { keyType });
    await using connected = await connect(fake, { ...ANYWHERE, ...KEYS, certificate: cert, privateKey: key });
    expect(fake.requests.map(({ path }) => path)).toEqual(['/sessions']);
    expect(await connected.read()).toBe('value');
    expect(fake.calls.at(-1)?.caller).toMatch(/assumed-role\/shop\/[0-9a-f]+$/);
  });

  it('presents intermediates, from the certificate or beside it', async () => {
    await using fake = await start();
    const first = authority.issueAuthority('first');
    const second = first.issueAuthority('second');
    const { cert, key } = second.issue('workload');
    for (const setting of [
      { certificate: cert + second.cert + first.cert },
      { certificate: cert + second.cert, certificateChain: first.cert },
      { certificate: cert, certificateChain: second.cert + first.cert },
    ]) {
      await using connected = await connect(fake, { ...ANYWHERE, ...setting, privateKey: key });
      expect(await connected.read()).toBe('value');
    }
    await expect(connect(fake, { ...ANYWHERE, certificate: cert, privateKey: key })).rejects.toMatchObject({
      code: 'permission_denied',
      detail: expect.stringMatching(/^failed to retrieve credentials: .*StatusCode: 403, Untrusted certificate/),
    });
  });

  it('reads files again for the next session', async () => {
    await using fake = await start();
    const [certificate, privateKey] = [join(folder, 'svid.pem'), join(folder, 'key.pem')];
    const write = ({ cert, key }: { cert: string; key: string }) => {
      writeFileSync(certificate, cert);
      writeFileSync(privateKey, key);
    };
    write(authority.issue('old'));
    await using connected = await connect(fake, { ...ANYWHERE, certificate, privateKey });
    const renewed = authority.issue('new', [], { keyType: 'rsa' });
    write(renewed);
    fake.identities.expireSessions();
    expect(await connected.read()).toBe('value');
    const sent = fake.requests.filter(({ path }) => path === '/sessions').map(({ headers }) => String(headers.authorization));
    expect(sent.map((text) => text.split(' ')[0])).toEqual(['AWS4-X509-ECDSA-SHA256', 'AWS4-X509-RSA-SHA256']);
  });

  it('X6: takes the three names in any letter case; strictly in theirs alone', async () => {
    await using fake = await start();
    const { cert, key } = authority.issue('workload');
    const shouted = Object.fromEntries(Object.entries(ANYWHERE).map(([name, value]) => [name.toUpperCase(), value]));
    const properties = { ...shouted, ...KEYS, certificate: cert, privateKey: key };
    await using connected = await connect(fake, properties);
    expect(await connected.read()).toBe('value');
    expect(fake.calls.at(-1)?.caller).toMatch(/assumed-role/);
    await using old = await connect(fake, properties, { dialect: strictDialect });
    expect(await old.read()).toBe('value');
    expect(fake.calls.at(-1)?.caller).toBe('arn:aws:iam::123456789012:user/admin');
  });

  it('X8: says what the reference says without a certificate, and strictly with one', async () => {
    await using fake = await start();
    const detail = 'failed to get cert and signer: failed to get SPIFFE certs: invalid SVID: no certs found';
    await expect(connect(fake, ANYWHERE)).rejects.toMatchObject({ code: 'failed_precondition', detail });
    const { cert, key } = authority.issue('workload');
    const given = { ...ANYWHERE, certificate: cert, privateKey: key };
    await expect(connect(fake, given, { dialect: strictDialect })).rejects.toMatchObject({ detail });
    expect(fake.requests).toEqual([]);
  });

  const other = authority.issue('other');
  const short = authority.issue('short', [], { lasts: -1000 });
  const edwards = authority.issue('edwards', [], { keyType: 'ed25519' });
  const valid = authority.issue('valid');
  it.each<[string, Record<string, string>, RegExp]>([
    [
      'X7: a key of another kind',
      { certificate: edwards.cert, privateKey: edwards.key },
      /workload private key is ed25519, but IAM Roles Anywhere requires ECDSA$/,
    ],
    [
      'a key of another certificate',
      { certificate: valid.cert, privateKey: other.key },
      /the private key is not that of the certificate$/,
    ],
    ['a certificate that has ended', { certificate: short.cert, privateKey: short.key }, /the certificate has expired$/],
    ['a key in place of the certificate', { certificate: valid.key, privateKey: valid.key }, /no certificates found in SVID$/],
    [
      'a certificate in place of the key',
      { certificate: valid.cert, privateKey: valid.cert },
      /the private key can not be read$/,
    ],
    [
      'a broken certificate',
      { certificate: valid.cert.replace('MII', 'AAA'), privateKey: valid.key },
      /a certificate can not be read$/,
    ],
    [
      'a missing file',
      { certificate: '/none/svid.pem', privateKey: valid.key },
      /open \/none\/svid\.pem: no such file or directory$/,
    ],
    ['a missing key file', { certificate: valid.cert, privateKey: '/none/key.pem' }, /open: no such file or directory$/],
    [
      'a key without its armour',
      { certificate: valid.cert, privateKey: valid.key.split('\n').slice(1, -2).join('') },
      /open: (no such file or directory|neither PEM text nor a path)$/,
    ],
  ])('fails with %s', async (_, given, reason) => {
    await using fake = await start();
    const failure = await connect(fake, { ...ANYWHERE, ...given }).then(
      () => undefined,
      (cause) => cause,
    );
    expect(failure).toMatchObject({ code: 'failed_precondition', hint: expect.stringContaining('check the setting') });
    expect(failure.detail).toMatch(/^failed to get cert and signer: /);
    expect(failure.detail).toMatch(reason);
    const shown = `${failure.stack} ${JSON.stringify(failure)} ${inspect(failure.cause, { showHidden: true })}`;
    for (const line of valid.key.split('\n').filter((text) => text.length > 40)) expect(shown).not.toContain(line.slice(0, 40));
    expect(fake.requests).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['no session', { credentialSet: [] }, 'unavailable'],
    ['half of one', { credentialSet: [{ credentials: { accessKeyId: 'a' } }] }, 'unavailable'],
    ['no JSON object', [], 'unavailable'],
  ])('fails when the answer has %s', async (_, body, code) => {
    await using fake = await start();
    fake.inject((response) => {
      response.writeHead(201).end(JSON.stringify(body));
    });
    const given = { ...ANYWHERE, certificate: valid.cert, privateKey: valid.key };
    await expect(connect(fake, given)).rejects.toMatchObject({
      code,
      detail: 'failed to retrieve credentials: credentials are not valid',
    });
  });
});
