import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { GoogleAuth, JWT } from 'google-auth-library';
import { describe, expect, it } from 'vitest';
import { FakeGoogle } from '../src/google/index.ts';

/** The official client is the judge of what the fake says; over REST, with tokens that the key signs. */
function clientOf(fake: FakeGoogle, { client_email: email, private_key: key, private_key_id: keyId } = fake.key()) {
  const auth = new GoogleAuth({ authClient: new JWT({ email, key, keyId }), projectId: fake.project.id });
  return new SecretManagerServiceClient({
    auth,
    fallback: true,
    protocol: 'http',
    apiEndpoint: '127.0.0.1',
    port: fake.service.port,
  } as never);
}

describe('the fake of Google, as the official client sees it', () => {
  it('answers versions, checksums, states and pages', async () => {
    await using fake = await FakeGoogle.start();
    for (const id of ['alpha', 'beta', 'gamma']) fake.secrets.put(id, `value of ${id}`, { labels: { letter: id } });
    fake.secrets.put('alpha', '123456789');
    fake.secrets.setState('beta', 'DISABLED');
    const client = clientOf(fake);
    const access = async (name: string) => (await client.accessSecretVersion({ name: `projects/my-project/secrets/${name}` }))[0];
    const latest = await access('alpha/versions/latest');
    expect(latest.name).toBe('projects/123456789012/secrets/alpha/versions/2');
    expect(String(latest.payload?.data)).toBe('123456789');
    expect(Number(latest.payload?.dataCrc32c)).toBe(0xe3069283);
    expect(String((await access('alpha/versions/1')).payload?.data)).toBe('value of alpha');
    await expect(access('alpha/versions/9')).rejects.toMatchObject({ code: 5 });
    await expect(access('beta/versions/latest')).rejects.toMatchObject({ code: 9 });
    const [page, next] = await client.listSecrets({ parent: 'projects/my-project', pageSize: 2 }, { autoPaginate: false });
    expect(page.map(({ name }) => name)).toEqual(['alpha', 'beta'].map((id) => `projects/123456789012/secrets/${id}`));
    const [rest] = await client.listSecrets({ ...next }, { autoPaginate: false });
    expect(rest.map(({ name }) => name)).toEqual(['projects/123456789012/secrets/gamma']);
    const [chosen] = await client.listSecrets({ parent: 'projects/my-project', filter: 'labels.letter=beta' });
    expect(chosen).toHaveLength(1);
    await client.close();
  });

  it('refuses who is not known, who may not, and keys that were removed', async () => {
    await using fake = await FakeGoogle.start();
    fake.secrets.put('alpha', 'a');
    fake.denials.push({ permission: 'secretmanager.versions.access', secret: 'alpha' });
    const name = 'projects/my-project/secrets/alpha/versions/latest';
    const client = clientOf(fake);
    await expect(client.accessSecretVersion({ name })).rejects.toMatchObject({ code: 7, reason: 'IAM_PERMISSION_DENIED' });
    fake.tokens.removeKeys('sa@my-project.iam.gserviceaccount.com');
    await expect(client.accessSecretVersion({ name })).rejects.toMatchObject({ code: 16 });
    await client.close();
  });
});

describe('the token endpoint of the fake', () => {
  const ask = async (fake: FakeGoogle, form: Record<string, string>) => {
    const answer = await fetch(`${fake.url}/token`, { method: 'POST', body: new URLSearchParams(form) });
    return { status: answer.status, ...((await answer.json()) as object) };
  };

  it('takes an assertion that the official library signs, and no other', async () => {
    await using fake = await FakeGoogle.start();
    const { client_email: email, private_key: key } = fake.key();
    // The library's address is Google's own: what it sends there is brought here.
    const seen: unknown[] = [];
    const fetchImplementation = async (_: unknown, init: { body?: unknown } = {}) => {
      const answer = await ask(fake, Object.fromEntries(new URLSearchParams(String(init.body))));
      seen.push(answer);
      return Response.json(answer, { status: (answer as { status: number }).status });
    };
    const jwt = new JWT({
      email,
      key,
      scopes: ['https://www.googleapis.com/auth/cloud-platform'],
      transporterOptions: { fetchImplementation } as never,
    });
    expect((await jwt.getRequestHeaders()).get('authorization')).toMatch(/^Bearer ya29\./);
    expect(seen).toMatchObject([{ status: 200, expires_in: 3599, token_type: 'Bearer' }]);
    fake.tokens.removeKeys(email);
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    const refused = { status: 400, error: 'invalid_grant', error_description: 'Invalid JWT Signature.' };
    expect(await ask(fake, { grant_type, assertion: 'a.b.c' })).toEqual(refused);
    expect(await ask(fake, { grant_type: 'refresh_token', refresh_token: 'x' })).toMatchObject({
      status: 400,
      error: 'invalid_grant',
    });
  });
});
