import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cofferd, fileStore, startCofferd } from '../support/cofferd.ts';
import { answer, component, startWithFixtures } from './fixtures.ts';

const JSON_TYPE = 'application/json';
const failure = (errorCode: string, message: string): string => `{"errorCode":"${errorCode}","message":"${message}"}`;
const missing = (key: string): string =>
  failure('ERR_SECRET_GET', `failed getting secret with key ${key} from secret store filestore: secret ${key} not found`);
const ALL = `{"a b":{"a b":"space"},"a+b":{"a+b":"plus"},"a/b":{"a/b":"slash"},"bulk":{"bulk":"B"},"grp:x":{"grp:x":"1"},\
"k1":{"k1":"v1"},"k2":{"k2":"\\u003ca\\u0026b\\u003e"},"ünï":{"ünï":"ö"}}\n`;

describe('secrets over HTTP', () => {
  let cofferd: Cofferd;
  beforeAll(async () => {
    cofferd = await startWithFixtures({
      files: { 'components/odd.yaml': fileStore('"my store é"', 'filestore.json') },
    });
  });
  afterAll(() => cofferd[Symbol.asyncDispose]());

  test.each([
    ['18-1', 'filestore/k1', '{"k1":"v1"}\n'],
    ['18-2', 'filestore/k2', '{"k2":"\\u003ca\\u0026b\\u003e"}\n'],
    ['18-9', 'filestore/grp:x', '{"grp:x":"1"}\n'],
    ['18-9', 'filestore/grp%3Ax', '{"grp:x":"1"}\n'],
    ['18-15', 'filestore/bulk', ALL],
    ['18-16', 'filestore/%62ulk', '{"bulk":"B"}\n'],
    ['18-19', 'multi/s1', '{"p":"pw","u":"me"}\n'],
    ['18-20', 'multi/bulk', '{"s1":{"p":"pw","u":"me"},"s2":{"s2":"flat"}}\n'],
    ['18-21', 'envs/A', '{"A":"1"}\n'],
    ['18-22', 'envs/NOPE', '{"NOPE":""}\n'],
    ['18-48', 'my+store+%C3%A9/k1', '{"k1":"v1"}\n'],
  ])('%s: %s answers the data', async (_, target, body) => {
    expect(await answer(cofferd, `/v1.0/secrets/${target}`)).toEqual([200, JSON_TYPE, body]);
  });

  test.each([
    ['18-10', 'K1'],
    ['18-11', 'zz'],
    ['18-17', 'BULK'],
  ])('%s: filestore has no %s', async (_, key) => {
    expect(await answer(cofferd, `/v1.0/secrets/filestore/${key}`)).toEqual([500, JSON_TYPE, missing(key)]);
  });

  test.each([
    ['18-23', 'nostore', 'k1'],
    ['18-24', 'FileStore', 'k1'],
    ['18-25', 'nostore', 'bulk'],
  ])('%s: there is no store %s to read %s from', async (_, store, key) => {
    const body = failure('ERR_SECRET_STORE_NOT_FOUND', `failed finding secret store with key ${store}`);
    expect(await answer(cofferd, `/v1.0/secrets/${store}/${key}`)).toEqual([401, JSON_TYPE, body]);
  });
});

test('18-27: with only a component of another building block no secret store is configured', async () => {
  await using cofferd = await startCofferd({ files: { 'components/state.yaml': component('state', 'state.in-memory') } });
  const body = failure('ERR_SECRET_STORES_NOT_CONFIGURED', 'secret store is not configured');
  expect(await answer(cofferd, '/v1.0/secrets/any/k')).toEqual([500, JSON_TYPE, body]);
  expect(await answer(cofferd, '/v1.0/secrets/state/bulk')).toEqual([500, JSON_TYPE, body]);
});
