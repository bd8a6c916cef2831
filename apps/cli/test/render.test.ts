import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ACME, coffer, fixture } from './support/coffer.ts';

const FILE = 'components/others.yaml';

describe('coffer render', () => {
  it('shows where each value comes from, and masks all of them', async () => {
    const { stdout, stderr, code } = await coffer(fixture('shop'), ['render', FILE]);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toContain('value: "********" # secret database of vault, key password\n');
    expect(stdout).not.toContain('canary-');
  });

  it('prints the values with --reveal, as documents that load again', async () => {
    const shop = fixture('shop');
    const { stdout } = await coffer(shop, ['render', FILE, '--reveal', '--app-id', 'shop'], { NAMESPACE: '' });
    const [, cache] = parseAllDocuments(stdout).map((document) => document.toJS());
    expect(cache).toEqual({
      apiVersion: 'dapr.io/v1alpha1',
      kind: 'Component',
      metadata: { name: 'cache' },
      spec: {
        type: 'state.redis',
        version: 'v1',
        metadata: [
          { name: 'redisHost', value: 'canary-host:6379' },
          { name: 'redisPassword', value: 'canary-password' },
          { name: 'prefix', value: 'shop-default.shop' },
        ],
      },
      auth: { secretStore: 'vault' },
    });
    const json = JSON.parse((await coffer(shop, ['render', FILE, '--reveal', '--app-id', 'shop', '--json'])).stdout);
    expect(json[1]).toEqual(cache);
  });

  it('ignores scopes, as references do', async () => {
    const { stdout } = await coffer(fixture('shop'), ['render', FILE, '--reveal', '--config', 'config.yaml']);
    expect(stdout).toContain('canary-password');
  });

  it.each([
    [
      'key: password',
      'key: passwort',
      66,
      'component cache, setting redisPassword: secret database of store vault has no key passwort',
    ],
    ['name: database', 'name: databse', 66, 'component cache, setting redisPassword: failed getting secret with key databse'],
    ['"{appID}-{namespace}"', '"{podName}"', 78, 'podName is not set'],
    ['value: canary-host:6379', 'envRef: NOT_SET_HERE', 66, 'environment variable NOT_SET_HERE is not set'],
    ['value: canary-host:6379', 'envRef: APP_API_TOKEN', 77, 'envRef may not name APP_API_TOKEN'],
    ['secretStore: vault', 'secretStore: valt', 78, 'its auth.secretStore valt is not loaded'],
  ])('fails when %s becomes %s: never an empty value', async (from, to, code, message) => {
    const shop = fixture('shop');
    writeFileSync(join(shop, FILE), readFileSync(join(shop, FILE), 'utf8').replaceAll(from, to));
    const result = await coffer(shop, ['render', FILE, '--reveal']);
    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).not.toContain('canary-');
  });

  it('refuses a file that holds no component or none that can be read', async () => {
    const shop = fixture('shop');
    expect(await coffer(shop, ['render', 'config.yaml'])).toMatchObject({ code: 78, stdout: '' });
    expect((await coffer(shop, ['render', 'gone.yaml'])).stderr).toContain("gone.yaml: the file can't be read");
  });

  it('lets the first driver path win over the others', async () => {
    const args = ['render', FILE, '--reveal', '--driver-path', ACME];
    expect(await coffer(fixture('shop'), args)).toMatchObject({ code: 0, stderr: '' });
  });
});
