import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startCofferd } from './support/cofferd.ts';
import { sopsSample } from './support/sops-sample.ts';

const sample = (name: string) => readFileSync(sopsSample(name), 'utf8');

function componentOf(name: string, type: string, metadata: readonly object[]): string {
  const auth = name === 'repository' ? { auth: { secretStore: 'keys' } } : {};
  return JSON.stringify({
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Component',
    metadata: { name },
    spec: { type, version: 'v1', metadata },
    ...auth,
  });
}

it('a file of sops is served by a key that another store has, and what it becomes', async () => {
  const key = { name: 'ageKey', secretKeyRef: { name: 'AGE_IDENTITY', key: 'AGE_IDENTITY' } };
  const files = {
    'components/repository.yaml': componentOf('repository', 'secretstores.sops', [
      { name: 'secretsFile', value: 'secrets.yaml' },
      { name: 'multiValued', value: 'true' },
      key,
    ]),
    'components/keys.yaml': componentOf('keys', 'secretstores.local.env', []),
    'secrets.yaml': sample('encrypted-suffix.yaml'),
  };
  const identity = sample('insecure-test-key-one.txt');
  await using cofferd = await startCofferd({ files, args: ['--log-level', 'debug'], env: { AGE_IDENTITY: identity } });
  const read = async (name: string) => {
    const answer = await cofferd.get(`/v1.0/secrets/repository/${name}`);
    return [answer.status, (await answer.text()).trim()];
  };
  const replace = (text: string) => {
    writeFileSync(join(cofferd.directory, 'new'), text);
    renameSync(join(cofferd.directory, 'new'), join(cofferd.directory, 'secrets.yaml'));
  };
  expect(await read('pass_secret')).toEqual([200, '{"pass_secret":"hidden"}']);
  expect(await read('bulk')).toEqual([200, '{"pass_secret":{"pass_secret":"hidden"},"plain":{"plain":"1"}}']);

  replace(sample('values.yaml').replace('whole: 5', 'whole: 6'));
  while (!cofferd.log().includes('its values are not those that sops encrypted')) await sleep(20);
  expect(await read('pass_secret')).toEqual([200, '{"pass_secret":"hidden"}']);

  replace(sample('values.yaml'));
  while ((await read('db'))[0] !== 200) await sleep(20);
  expect(JSON.parse((await read('db'))[1] as string)).toMatchObject({ user: 'shop', 'hosts:1:c': 'nested' });
  for (const secret of ['hidden', 'pa:ss', 'AGE-SECRET-KEY', 'nested']) expect(cofferd.log()).not.toContain(secret);
});
