import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cofferd } from '../support/cofferd.ts';
import { freePort } from '../support/free-port.ts';
import { answer, metadataOf, startWithFixtures } from './fixtures.ts';

const REFUSED = [401, 'text/plain; charset=utf-8', 'invalid api token\n'];
const K1 = '/v1.0/secrets/filestore/k1';

describe('with a token', () => {
  let cofferd: Cofferd;
  let publicPort: number;
  beforeAll(async () => {
    publicPort = await freePort();
    cofferd = await startWithFixtures({ env: { DAPR_API_TOKEN: 't' }, args: [`--dapr-public-port=${publicPort}`] });
  });
  afterAll(() => cofferd[Symbol.asyncDispose]());

  test('18-71: a read without the token, or with another, is refused', async () => {
    expect(await answer(cofferd, K1)).toEqual(REFUSED);
    expect(await answer(cofferd, K1, { headers: { 'dapr-api-token': 'x' } })).toEqual(REFUSED);
  });

  test('18-72: a read with the token is served', async () => {
    expect(await answer(cofferd, K1, { headers: { 'dapr-api-token': 't' } })).toEqual([200, 'application/json', '{"k1":"v1"}\n']);
  });

  test.each(['/v1.0/healthz', '/v1.0/healthz/', '/v1.0/healthz/outbound'])('18-73: GET %s needs none', async (target) => {
    expect(await answer(cofferd, target)).toEqual([204, null, '']);
  });

  test.each([
    ['PUT', '/v1.0/healthz'],
    ['GET', '/v1.0/metadata'],
    ['GET', '/nope'],
  ])('18-74: %s %s needs it', async (method, target) => {
    expect(await answer(cofferd, target, { method })).toEqual(REFUSED);
  });

  test('18-75: the public port does not ask for it', async () => {
    expect((await metadataOf({ port: publicPort })).id).toBe('app1');
  });

  test('18-77: OPTIONS with an Origin needs it while CORS is off', async () => {
    expect(await answer(cofferd, K1, { method: 'OPTIONS', headers: { origin: 'https://a' } })).toEqual(REFUSED);
  });
});

test('18-76: a token that nobody asked for is ignored', async () => {
  await using cofferd = await startWithFixtures();
  expect((await answer(cofferd, K1, { headers: { 'dapr-api-token': 'anything' } }))[0]).toBe(200);
});
