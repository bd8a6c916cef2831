import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FakeService, startFakeService } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { startCofferd } from './support/cofferd.ts';

const SECRETS: Readonly<Record<string, string>> = { alpha: 'a', 'team/beta': 'b', gamma: 'c' };

/** A service that takes one key, and lists two names a page. */
async function startVault(state: { key: string }): Promise<FakeService> {
  return await startFakeService(({ path, query, headers }) => {
    if (headers['x-api-key'] !== state.key) return { status: 401, body: { error: `no such key: ${headers['x-api-key']}` } };
    if (path === '/v1/secrets') {
      const start = Number(query.get('after') ?? 0);
      const names = Object.keys(SECRETS).slice(start, start + 2);
      return { status: 200, body: { names, next: start + 2 < Object.keys(SECRETS).length ? String(start + 2) : null } };
    }
    const value = SECRETS[decodeURIComponent(path.slice('/v1/secrets/'.length))];
    if (value === undefined) return { status: 404 };
    return { status: 200, body: { value: `${value}${query.get('version') ?? ''}` } };
  });
}

function filesFor({ url }: FakeService, key: string): Record<string, string> {
  const document = (name: string, type: string, metadata: readonly object[]) => ({
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Component',
    metadata: { name },
    spec: { type, version: 'v1', metadata },
    ...(name === 'vault' ? { auth: { secretStore: 'keys' } } : {}),
  });
  const settings = {
    url: `${url}/v1/secrets/{name}?version={version_id}`,
    valuePath: '$.value',
    listUrl: `${url}/v1/secrets`,
    listPath: '$.names[*]',
    nextPath: '$.next',
    nextParameter: 'after',
  };
  const vault = [
    ...Object.entries(settings).map(([name, value]) => ({ name, value })),
    { name: 'header.X-Api-Key', secretKeyRef: { name: 'vault-key', key: 'vault-key' } },
  ];
  const keys = [{ name: 'secretsFile', value: 'secrets.json' }];
  return {
    'components/vault.yaml': JSON.stringify(document('vault', 'secretstores.http', vault)),
    'components/keys.yaml': JSON.stringify(document('keys', 'secretstores.local.file', keys)),
    'secrets.json': JSON.stringify({ 'vault-key': key }),
  };
}

describe('a service of secrets over HTTP', () => {
  it('is read through cofferd, by a key that another store has and that may change', async () => {
    const state = { key: 'canary-key-1' };
    await using service = await startVault(state);
    await using cofferd = await startCofferd({ files: filesFor(service, state.key), args: ['--log-level', 'debug'] });
    const read = async (target: string): Promise<readonly [status: number, body: string]> => {
      const answer = await cofferd.get(`/v1.0/secrets/vault/${target}`);
      return [answer.status, (await answer.text()).trim()];
    };
    expect(await read('alpha')).toEqual([200, '{"alpha":"a"}']);
    expect(await read('alpha?metadata.version_id=2')).toEqual([200, '{"alpha":"a2"}']);
    expect(await read('bulk')).toEqual([200, '{"alpha":{"alpha":"a"},"gamma":{"gamma":"c"},"team/beta":{"team/beta":"b"}}']);
    const [status, body] = await read('missing');
    expect(status).toBe(500);
    expect(body).toContain("couldn't read secret missing: the service answered 404 Not Found");

    state.key = 'canary-key-2';
    expect((await read('alpha'))[1]).toContain('the service answered 401 Unauthorized');
    const file = join(cofferd.directory, 'secrets.json');
    writeFileSync(`${file}.new`, JSON.stringify({ 'vault-key': state.key }), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    while ((await read('alpha'))[0] !== 200) await sleep(20);
    expect(cofferd.log()).not.toContain('canary-');
  });

  it('is asked for no secret that the scopes deny', async () => {
    const state = { key: 'canary-key' };
    await using service = await startVault(state);
    const configuration = {
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'Configuration',
      metadata: { name: 'scoped' },
      spec: { secrets: { scopes: [{ storeName: 'vault', defaultAccess: 'deny', allowedSecrets: ['gamma'] }] } },
    };
    const files = { ...filesFor(service, state.key), 'config.yaml': JSON.stringify(configuration) };
    await using cofferd = await startCofferd({ files, args: ['--config', 'config.yaml'] });
    expect((await cofferd.get('/v1.0/secrets/vault/alpha')).status).toBe(403);
    expect(await (await cofferd.get('/v1.0/secrets/vault/bulk')).json()).toEqual({ gamma: { gamma: 'c' } });
    expect(service.requests.map(({ path }) => path).filter((path) => path !== '/v1/secrets')).toEqual(['/v1/secrets/gamma']);
  });
});
