import { CommunicationProtocolEnum, DaprClient } from '@dapr/dapr';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cofferd, fileStore, startCofferd } from './support/cofferd.ts';
import { getSecret } from './support/grpc-call.ts';

// An application written with the official client, over HTTP and gRPC, against a started cofferd in its default dialect.
const FILES = {
  'components/flat.yaml': fileStore('flat', 'flat.json'),
  'components/multi.yaml': fileStore('multi', 'multi.json', '    - name: multiValued\n      value: "true"\n'),
  'components/env.yaml': `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: env
spec:
  type: secretstores.local.env
  version: v1
  metadata:
    - name: prefix
      value: SHOP_
`,
  'flat.json': '{"k1": "v1", "ünï": "ö", "hidden": "no", "__proto__": "ordinary", "group": {"inner": "x"}}',
  'multi.json': '{"database": {"user": "shop", "password": "pw"}, "single": "flat"}',
  'config.yaml': `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: scopes
spec:
  secrets:
    scopes:
      - storeName: flat
        deniedSecrets: [hidden]
`,
};
const ENV = { SHOP_KEY: 'from the environment' };
const TOKEN = 'the token of this test';

/** The client throws an Error whose message is a JSON document with the status and the body. */
async function failureOf(call: Promise<unknown>): Promise<{ status: number; body: unknown }> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('the call did not fail');
  const { status, error_msg: body } = JSON.parse(error.message) as { status: number; error_msg: string };
  return { status, body: body.startsWith('{') ? JSON.parse(body) : body };
}

function clientOf({ port, grpcPort }: Cofferd, token?: string, protocol = CommunicationProtocolEnum.HTTP): DaprClient {
  return new DaprClient({
    daprHost: '127.0.0.1',
    daprPort: String(protocol === CommunicationProtocolEnum.HTTP ? port : grpcPort),
    communicationProtocol: protocol,
    ...(token === undefined ? {} : { daprApiToken: token }),
  });
}

/** Code and message of a call that fails over gRPC. */
async function statusOf(call: Promise<unknown>): Promise<{ code: unknown; message: unknown }> {
  const error = await call.then(
    () => ({}),
    (reason: object) => reason,
  );
  return { code: 'code' in error ? error.code : undefined, message: 'rawMessage' in error ? error.rawMessage : undefined };
}

const TOKENS = [
  { title: 'without a token', env: ENV, token: undefined },
  { title: 'with DAPR_API_TOKEN', env: { ...ENV, DAPR_API_TOKEN: TOKEN }, token: TOKEN },
];

describe.each(TOKENS)('the official client $title', ({ env, token }) => {
  let cofferd: Cofferd;
  let client: DaprClient;
  beforeAll(async () => {
    cofferd = await startCofferd({ files: FILES, env, args: ['--config=config.yaml'] });
    client = clientOf(cofferd, token);
  });
  afterAll(async () => {
    await client.stop();
    await cofferd[Symbol.asyncDispose]();
  });

  test('secret.get: one value, many values, the environment', async () => {
    expect(await client.secret.get('flat', 'k1')).toEqual({ k1: 'v1' });
    expect(await client.secret.get('flat', 'group:inner')).toEqual({ 'group:inner': 'x' });
    expect(await client.secret.get('multi', 'database')).toEqual({ user: 'shop', password: 'pw' });
    expect(await client.secret.get('env', 'KEY')).toEqual({ KEY: 'from the environment' });
  });

  test('secret.get: names that are not ASCII, and names of object members', async () => {
    expect(await client.secret.get('flat', encodeURIComponent('ünï'))).toEqual({ ünï: 'ö' });
    expect(Object.entries(await client.secret.get('flat', '__proto__'))).toEqual([['__proto__', 'ordinary']]);
  });

  test('secret.get: request metadata is accepted', async () => {
    expect(await client.secret.get('flat', 'k1', 'metadata.version_id=3')).toEqual({ k1: 'v1' });
  });

  test('secret.getBulk: everything but what is denied', async () => {
    const bulk = await client.secret.getBulk('flat');
    expect(Object.keys(bulk).sort()).toEqual(['__proto__', 'group:inner', 'k1', 'ünï']);
    expect(await client.secret.getBulk('multi')).toEqual({
      database: { user: 'shop', password: 'pw' },
      single: { single: 'flat' },
    });
  });

  test('a missing secret', async () => {
    expect(await failureOf(client.secret.get('flat', 'nope'))).toEqual({
      status: 500,
      body: {
        errorCode: 'ERR_SECRET_GET',
        message: 'failed getting secret with key nope from secret store flat: secret nope not found',
      },
    });
  });

  test('a denied secret', async () => {
    expect(await failureOf(client.secret.get('flat', 'hidden'))).toEqual({
      status: 403,
      body: { errorCode: 'ERR_PERMISSION_DENIED', message: 'access denied by policy to get "hidden" from "flat"' },
    });
  });

  test('an unknown store', async () => {
    const body = { errorCode: 'ERR_SECRET_STORE_NOT_FOUND', message: 'failed finding secret store with key nostore' };
    expect(await failureOf(client.secret.get('nostore', 'k1'))).toEqual({ status: 401, body });
    expect(await failureOf(client.secret.getBulk('nostore'))).toEqual({ status: 401, body });
  });

  test('metadata.get and metadata.set', async () => {
    expect(await client.metadata.set('greeting', 'hello')).toBe(true);
    const metadata = await client.metadata.get();
    expect(metadata).toMatchObject({ id: 'app1', extended: { greeting: 'hello', daprRuntimeVersion: expect.any(String) } });
    expect(metadata.components.map(({ name }) => name).sort()).toEqual(['env', 'flat', 'multi']);
  });

  test('health and sidecar', async () => {
    expect(await client.health.isHealthy()).toBe(true);
  });
});

describe.each(TOKENS)('the official client over gRPC $title', ({ env, token }) => {
  let cofferd: Cofferd;
  let client: DaprClient;
  beforeAll(async () => {
    cofferd = await startCofferd({ files: FILES, env, args: ['--config=config.yaml'] });
    client = clientOf(cofferd, token, CommunicationProtocolEnum.GRPC);
  });
  afterAll(async () => {
    await client.stop();
    await cofferd[Symbol.asyncDispose]();
  });

  test('18-102: secret.get', async () => {
    expect(await client.secret.get('flat', 'k1')).toEqual({ k1: 'v1' });
    expect(await client.secret.get('flat', 'ünï')).toEqual({ ünï: 'ö' });
    expect(await client.secret.get('env', 'KEY')).toEqual({ KEY: 'from the environment' });
    expect(Object.entries(await client.secret.get('flat', '__proto__'))).toEqual([['__proto__', 'ordinary']]);
  });

  test('18-103: secret.getBulk, without what is denied', async () => {
    // The client loses a secret named __proto__ on its side.
    expect(Object.keys(await client.secret.getBulk('flat')).sort()).toEqual(['group:inner', 'k1', 'ünï']);
    expect(await client.secret.getBulk('multi')).toEqual({
      database: { user: 'shop', password: 'pw' },
      single: { single: 'flat' },
    });
  });

  test('18-105 18-106 18-107: an error of each class', async () => {
    expect(await statusOf(client.secret.get('nostore', 'k1'))).toEqual({
      code: 3,
      message: 'failed finding secret store with key nostore',
    });
    expect(await statusOf(client.secret.get('flat', 'hidden'))).toEqual({
      code: 7,
      message: 'access denied by policy to get "hidden" from "flat"',
    });
    expect(await statusOf(client.secret.get('flat', 'nope'))).toEqual({
      code: 13,
      message: 'failed getting secret with key nope from secret store flat: secret nope not found',
    });
    // The client itself takes a refusal for a sidecar that is not up yet, and asks for half a minute.
    const stranger = await getSecret(cofferd, 'flat', 'k1', { 'dapr-api-token': 'another' });
    expect(stranger).toMatchObject(token === undefined ? { code: 'OK' } : { code: 'UNAUTHENTICATED', message: 'Unauthorized' });
  });

  test('metadata.get and metadata.set, which HTTP sees too', async () => {
    expect(await client.metadata.set('greeting', 'hello')).toBe(true);
    const metadata = await client.metadata.get();
    expect(metadata).toMatchObject({ id: 'app1', extended: { greeting: 'hello', daprRuntimeVersion: expect.any(String) } });
    expect(metadata.components.map(({ name }) => name).sort()).toEqual(['env', 'flat', 'multi']);
    const overHttp = clientOf(cofferd, token);
    expect((await overHttp.metadata.get()).extended).toMatchObject({ greeting: 'hello' });
    await overHttp.stop();
  });

  test('18-104: without any store', async () => {
    await using empty = await startCofferd({ env });
    const other = clientOf(empty, token, CommunicationProtocolEnum.GRPC);
    expect(await statusOf(other.secret.get('a', 'b'))).toEqual({ code: 9, message: 'secret store is not configured' });
    await other.stop();
  });
});

describe('the token', () => {
  test('is asked of every client', async () => {
    await using cofferd = await startCofferd({ files: FILES, env: { ...ENV, DAPR_API_TOKEN: TOKEN } });
    for (const headers of [{}, { 'dapr-api-token': 'another' }, { 'dapr-api-token': '' }]) {
      const response = await cofferd.get('/v1.0/secrets/flat/k1', { headers });
      expect([response.status, await response.text()]).toEqual([401, 'invalid api token\n']);
    }
    expect((await cofferd.get('/v1.0/secrets/flat/k1', { headers: { 'dapr-api-token': TOKEN } })).status).toBe(200);
    expect(cofferd.log()).not.toContain(TOKEN);
  });
});

describe('shutdown', () => {
  test('18-115: over gRPC it ends the process with exit code 0', async () => {
    await using cofferd = await startCofferd({ files: FILES });
    const client = clientOf(cofferd, undefined, CommunicationProtocolEnum.GRPC);
    const exited = new Promise((resolve) => cofferd.child.once('exit', resolve));
    await client.sidecar.shutdown();
    expect(await exited).toBe(0);
    expect(cofferd.log()).toContain('Shutdown requested via API');
    await client.stop();
  });

  test('sidecar.stop ends the process with exit code 0', async () => {
    await using cofferd = await startCofferd({ files: FILES });
    const client = clientOf(cofferd);
    const exited = new Promise((resolve) => cofferd.child.once('exit', resolve));
    await client.sidecar.shutdown();
    expect(await exited).toBe(0);
    await client.stop();
  });
});
