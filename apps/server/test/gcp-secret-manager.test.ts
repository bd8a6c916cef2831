import { FakeGoogle } from '@coffer/fake-services/google';
import { describe, expect, it } from 'vitest';
import { type Cofferd, startCofferd } from './support/cofferd.ts';

const COMPONENT = (endpoint: string) => `
apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: gcp
spec:
  type: secretstores.gcp.secretmanager
  version: v1
  metadata:
    - name: projectID
      value: my-project
    - name: endpoint
      value: ${endpoint}
`;

async function start(): Promise<FakeGoogle> {
  const fake = await FakeGoogle.start();
  fake.identity.instanceAccount = 'pod@my-project';
  for (const id of ['alpha', 'beta', 'gamma']) fake.secrets.put(id, `value of ${id}`);
  return fake;
}
const json = async (cofferd: Cofferd, target: string) => {
  const answer = await cofferd.get(`/v1.0/secrets/gcp/${target}`);
  return { status: answer.status, code: answer.headers.get('coffer-error-code'), body: await answer.json() };
};

describe('Google Secret Manager behind cofferd', () => {
  it('as in a pod of GKE: a token of the metadata server, the secret with that token, and no key anywhere', async () => {
    await using fake = await start();
    const env = { GCE_METADATA_HOST: new URL(fake.url).host };
    await using cofferd = await startCofferd({ files: { 'components/gcp.yaml': COMPONENT(fake.url) }, env });
    expect(fake.calls).toEqual([]);
    expect(await json(cofferd, 'alpha')).toMatchObject({ status: 200, body: { alpha: 'value of alpha' } });
    const [token, access] = fake.service.requests;
    expect(token?.path).toBe('/computeMetadata/v1/instance/service-accounts/default/token');
    expect(access?.headers.authorization).toMatch(/^Bearer ya29\./);
    expect(await json(cofferd, 'bulk')).toMatchObject({ status: 200, body: { beta: { beta: 'value of beta' } } });
    expect(await json(cofferd, 'missing')).toMatchObject({
      status: 500,
      code: 'not_found',
      body: {
        errorCode: 'ERR_SECRET_GET',
        message:
          'failed getting secret with key missing from secret store gcp: failed to access secret version: rpc error: code = NotFound desc = Secret [projects/123456789012/secrets/missing] not found or has no versions.',
      },
    });
    expect(cofferd.log()).not.toMatch(/value of|ya29/);
  });

  it('asks only for secrets that the scopes allow, so that it needs to be allowed no others', async () => {
    await using fake = await start();
    fake.denials.push({ permission: 'secretmanager.versions.access', secret: 'gamma' });
    const configuration = JSON.stringify({
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'Configuration',
      metadata: { name: 'c' },
      spec: { secrets: { scopes: [{ storeName: 'gcp', defaultAccess: 'deny', allowedSecrets: ['alpha', 'beta'] }] } },
    });
    const env = { GCE_METADATA_HOST: new URL(fake.url).host };
    const files = { 'components/gcp.yaml': COMPONENT(fake.url), 'config.yaml': configuration };
    await using cofferd = await startCofferd({ files, args: ['--config=config.yaml'], env });
    const { status, body } = await json(cofferd, 'bulk');
    expect([status, Object.keys(body as object).sort()]).toEqual([200, ['alpha', 'beta']]);
    expect(fake.calls.some((call) => call.includes('gamma'))).toBe(false);
  });
});
