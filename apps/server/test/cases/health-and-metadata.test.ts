import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cofferd, startCofferd } from '../support/cofferd.ts';
import { answer, metadataOf, startWithFixtures } from './fixtures.ts';

describe('a running server', () => {
  let cofferd: Cofferd;
  beforeAll(async () => {
    cofferd = await startWithFixtures();
  });
  afterAll(() => cofferd[Symbol.asyncDispose]());

  test('18-90: healthz answers 204 without a body', async () => {
    expect(await answer(cofferd, '/v1.0/healthz')).toEqual([204, null, '']);
  });

  test('18-91: healthz compares the app id that is asked for', async () => {
    const mismatch = [
      500,
      'application/json',
      '{"errorCode":"ERR_HEALTH_APPID_NOT_MATCH","message":"dapr app-id does not match"}',
    ];
    expect((await answer(cofferd, '/v1.0/healthz?appid=app1'))[0]).toBe(204);
    expect(await answer(cofferd, '/v1.0/healthz?appid=zzz')).toEqual(mismatch);
    expect(await answer(cofferd, '/v1.0/healthz?appid=')).toEqual(mismatch);
  });

  test('18-93: metadata tells the components and what there is of an application', async () => {
    const { id, components, extended, appConnectionProperties, actorRuntime } = await metadataOf(cofferd);
    expect(id).toBe('app1');
    expect(components).toContainEqual({ name: 'filestore', type: 'secretstores.local.file', version: 'v1' });
    expect(components).toContainEqual({
      name: 'multi',
      type: 'secretstores.local.file',
      version: 'v1',
      capabilities: ['MULTIPLE_KEY_VALUES_PER_SECRET'],
    });
    expect(extended.daprRuntimeVersion).toMatch(/./);
    expect(appConnectionProperties).toEqual({ protocol: 'http', channelAddress: '127.0.0.1' });
    expect(actorRuntime).toEqual({ runtimeStatus: 'DISABLED', hostReady: false, placement: 'placement: disconnected' });
  });

  test('18-95: a value of the caller’s own is kept', async () => {
    expect((await answer(cofferd, '/v1.0/metadata/my%20key', { method: 'PUT', body: 'hello' }))[0]).toBe(204);
    expect((await metadataOf(cofferd)).extended['my key']).toBe('hello');
  });

  test('18-96: the version cannot be overwritten', async () => {
    const { extended } = await metadataOf(cofferd);
    expect((await answer(cofferd, '/v1.0/metadata/daprRuntimeVersion', { method: 'PUT', body: 'x' }))[0]).toBe(204);
    expect((await metadataOf(cofferd)).extended.daprRuntimeVersion).toBe(extended.daprRuntimeVersion);
  });
});

test('18-94: without components metadata has no member for them', async () => {
  await using cofferd = await startCofferd();
  expect(await metadataOf(cofferd)).not.toHaveProperty('components');
});
