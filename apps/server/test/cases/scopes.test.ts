import { expect, test } from 'vitest';
import { answer, configuration, failureOf, secretScopes, startWithFixtures } from './fixtures.ts';

const args = ['--config=config.yaml'];

test('18-57: the default access is read whatever its case', async () => {
  const files = { 'config.yaml': secretScopes('{ storeName: filestore, defaultAccess: DeNy }') };
  await using cofferd = await startWithFixtures({ files, args });
  expect((await answer(cofferd, '/v1.0/secrets/filestore/k1'))[0]).toBe(403);
  expect((await answer(cofferd, '/v1.0/secrets/multi/s1'))[0]).toBe(200);
});

test('18-58: names in a scope are case-sensitive', async () => {
  const files = { 'config.yaml': secretScopes('{ storeName: filestore, allowedSecrets: [K1] }') };
  await using cofferd = await startWithFixtures({ files, args });
  expect(await answer(cofferd, '/v1.0/secrets/filestore/k1')).toEqual([
    403,
    'application/json',
    '{"errorCode":"ERR_PERMISSION_DENIED","message":"access denied by policy to get \\"k1\\" from \\"filestore\\""}',
  ]);
});

test.each([
  {
    row: '18-63: a store with two scopes',
    files: { 'config.yaml': secretScopes('{ storeName: a }', '{ storeName: a }') },
    reason: 'a storeName is repeated in secrets configuration',
  },
  { row: '18-68: a Configuration file that is not there', files: {}, reason: 'stat config.yaml: no such file or directory' },
])('$row ends the start', async ({ files, reason }) => {
  const log = await failureOf({ files, args });
  expect(log).toContain('exit code 1');
  expect(log).toContain(`Fatal error from runtime: error loading configuration: ${reason}`);
});

test('18-69: unknown members of a Configuration and another kind are ignored', async () => {
  const files = { 'config.yaml': configuration('  nonsense: { a: [1] }\n').replace('kind: Configuration', 'kind: Other') };
  await using cofferd = await startWithFixtures({ files, args });
  expect((await answer(cofferd, '/v1.0/secrets/filestore/k1'))[0]).toBe(200);
});
