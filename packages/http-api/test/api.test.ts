import type { Logger } from '@coffer/core';
import { strictDialect } from '@coffer/core';
import { describe, expect, test } from 'vitest';
import type { AnsweredRequest } from '../src/index.ts';
import { fakeRuntime } from './fake-runtime.ts';
import { serve } from './serve.ts';

const NO_ROUTE =
  '{"errorCode":"ERR_DIRECT_INVOKE","message":"failed getting app id either from the URL path or the header dapr-app-id"}';

async function ask(url: string, init?: RequestInit): Promise<[number, string | null, string]> {
  const response = await fetch(url, init);
  return [response.status, response.headers.get('content-type'), await response.text()];
}

describe('secrets', () => {
  test('a secret, nothing, a missing one, an unknown store, a denied one', async () => {
    const { url } = await serve();
    const secrets = `${url}/v1.0/secrets`;
    expect(await ask(`${secrets}/memory/k1`)).toEqual([200, 'application/json', '{"k1":"v1"}\n']);
    expect(await ask(`${secrets}/memory/nothing`)).toEqual([204, null, '']);
    expect(await ask(`${secrets}/memory/zz`)).toEqual([
      500,
      'application/json',
      '{"errorCode":"ERR_SECRET_GET","message":"failed getting secret with key zz from secret store memory: secret zz not found"}',
    ]);
    expect(await ask(`${secrets}/nope/k1`)).toEqual([
      401,
      'application/json',
      '{"errorCode":"ERR_SECRET_STORE_NOT_FOUND","message":"failed finding secret store with key nope"}',
    ]);
    expect(await ask(`${secrets}/memory/denied`)).toEqual([
      403,
      'application/json',
      '{"errorCode":"ERR_PERMISSION_DENIED","message":"access denied by policy to get \\"denied\\" from \\"memory\\""}',
    ]);
    expect(await ask(`${secrets}/memory/bulk`)).toEqual([200, 'application/json', '{"k1":{"k1":"v1"}}\n']);
  });

  test('names arrive as bytes say, and come back as Go writes them', async () => {
    const names = ['__proto__', 'constructor', '😀', 'a/b', 'a+b', 'a b', '<&>', '\u0000', 'x'.repeat(1024)];
    const runtime = fakeRuntime(Object.fromEntries([...names.map((name) => [name, 'v']), ['__proto__', 'v']]));
    const { url } = await serve({ runtime });
    for (const name of names) await fetch(`${url}/v1.0/secrets/memory/${encodeURIComponent(name)}`);
    await fetch(`${url}/v1.0/secrets/memory/%FFa`);
    expect(runtime.reads.map(({ path }) => path)).toEqual([...names, '\udcffa'].map((name) => `memory/${name}`));
    const [, , body] = await ask(`${url}/v1.0/secrets/memory/%FF%3C`);
    expect(body).toContain('with key \\ufffd\\u003c from secret store memory');
  });

  test('request metadata reaches the store', async () => {
    const { url, runtime } = await serve();
    await fetch(`${url}/v1.0/secrets/memory/k1?metadata.version_id=7&metadata.version_id=8&metadata.__proto__=x&x=1`);
    const expected = Object.fromEntries([['version_id', '7']]);
    Object.defineProperty(expected, '__proto__', { value: 'x', enumerable: true });
    expect(runtime.reads[0]?.metadata).toEqual(expected);
  });

  test("a failed read carries Coffer's own code, but not under the reference's dialect", async () => {
    const { url } = await serve();
    const code = async (base: string, name: string) =>
      (await fetch(`${base}/v1.0/secrets/${name}`)).headers.get('coffer-error-code');
    expect(await code(url, 'memory/zz')).toBe('not_found');
    expect(await code(url, 'memory/denied')).toBe('permission_denied');
    expect(await code(url, 'memory/k1')).toBeNull();
    const strict = await serve({ runtime: fakeRuntime({}, strictDialect) });
    expect(await code(strict.url, 'memory/zz')).toBeNull();
  });

  test('a defect is answered and its text kept', async () => {
    const logged: string[] = [];
    const logger = { error: (message: string) => void logged.push(message) } as unknown as Logger;
    const { url } = await serve({ logger });
    expect(await ask(`${url}/v1.0/secrets/memory/defect`)).toEqual([
      500,
      'application/json',
      '{"errorCode":"ERROR","message":"internal error"}',
    ]);
    expect(logged).toEqual(['GetSecret failed by a defect of Coffer or of a driver: TypeError']);
  });
});

describe('bodies on GET', () => {
  const send = (url: string, body: string) => ask(url, { method: 'PUT', body });

  test('limit: exactly fits, one over is refused, far over too', async () => {
    const { url, runtime } = await serve({ maxBodySize: 10 });
    const put = `${url}/v1.0/metadata/x`;
    expect((await send(put, '0123456789'))[0]).toBe(204);
    expect(runtime.extendedMetadata.get('x')).toBe('0123456789');
    const tooLarge = '{"errorCode":"ERR_BODY_READ","message":"failed to read request body: stream too large"}';
    expect(await send(put, '0123456789a')).toEqual([400, 'application/json', tooLarge]);
    expect(await send(put, 'x'.repeat(1_000_000))).toEqual([400, 'application/json', tooLarge]);
    expect(runtime.extendedMetadata.get('x')).toBe('0123456789');
  });

  test("the reference's dialect cuts the one byte off", async () => {
    const { url, runtime } = await serve({ maxBodySize: 10, runtime: fakeRuntime({}, strictDialect), parser: 'lenient' });
    expect((await send(`${url}/v1.0/metadata/x`, '0123456789a'))[0]).toBe(204);
    expect(runtime.extendedMetadata.get('x')).toBe('0123456789');
    expect((await send(`${url}/v1.0/metadata/x`, '0123456789ab'))[0]).toBe(400);
  });

  test('no limit', async () => {
    const { url, runtime } = await serve({ maxBodySize: 0 });
    expect((await send(`${url}/v1.0/metadata/x`, 'y'.repeat(5_000_000)))[0]).toBe(204);
    expect(runtime.extendedMetadata.get('x')).toHaveLength(5_000_000);
  });
});

describe('token', () => {
  test('asked for everywhere but on probes', async () => {
    const { url } = await serve({ token: 'tökén' });
    const header = { 'dapr-api-token': Buffer.from('tökén', 'utf8').toString('latin1') };
    const status = async (target: string, headers: Record<string, string> = {}, method = 'GET') =>
      (await fetch(`${url}${target}`, { headers, method })).status;
    expect(await ask(`${url}/v1.0/secrets/memory/k1`)).toEqual([401, 'text/plain; charset=utf-8', 'invalid api token\n']);
    expect(await status('/v1.0/secrets/memory/k1', { 'dapr-api-token': 'wrong' })).toBe(401);
    expect(await status('/v1.0/secrets/memory/k1', header)).toBe(200);
    expect(await status('/v1.0/healthz')).toBe(204);
    expect(await status('//v1.0/healthz/')).toBe(204);
    expect(await status('/v1.0/healthz/outbound?x=1')).toBe(204);
    expect(await status('/v1.0//healthz')).toBe(401);
    expect(await status('/v1.0/%68ealthz')).toBe(404);
    expect(await status('/v1.0/healthz', {}, 'PUT')).toBe(401);
    expect(await status('/v1.0/metadata')).toBe(401);
    expect(await status('/nope')).toBe(401);
    expect(await status('/nope', header)).toBe(404);
  });

  test('the first of several headers counts', async () => {
    const { connect } = await serve({ token: 'a' });
    const client = await connect();
    const request = (first: string, second: string) =>
      `GET /v1.0/secrets/memory/k1 HTTP/1.1\r\nHost: localhost\r\ndapr-api-token: ${first}\r\nDapr-Api-Token: ${second}\r\n\r\n`;
    expect((await client.send(request('a', 'b')).answer()).status).toBe(200);
    expect((await client.send(request('b', 'a')).answer()).status).toBe(401);
  });
});

describe('control routes', () => {
  test('metadata in the order of the reference', async () => {
    const app = { port: 3000, health: { healthCheckPath: '/h', healthThreshold: 3 } };
    const { url } = await serve({ runtimeVersion: '1.2.3', app });
    expect((await fetch(`${url}/v1.0/metadata/my%20key+x`, { method: 'PUT', body: 'hello' })).status).toBe(204);
    expect((await fetch(`${url}/v1.0/metadata/daprRuntimeVersion`, { method: 'PUT', body: 'x' })).status).toBe(204);
    expect(await ask(`${url}/v1.0/metadata`)).toEqual([
      200,
      'application/json',
      '{"id":"app1","runtimeVersion":"1.2.3","enabledFeatures":["HotReload"],' +
        '"components":[{"name":"memory","type":"secretstores.memory","version":"v1"}],' +
        '"extended":{"daprRuntimeVersion":"1.2.3","my key x":"hello"},' +
        '"appConnectionProperties":{"port":3000,"protocol":"http","channelAddress":"127.0.0.1",' +
        '"health":{"healthCheckPath":"/h","healthThreshold":3}},' +
        '"actorRuntime":{"runtimeStatus":"DISABLED","hostReady":false,"placement":"placement: disconnected"}}\n',
    ]);
  });

  test('metadata names the Resiliency resources last', async () => {
    const { url } = await serve({ runtime: { ...fakeRuntime(), resiliencies: [{ name: 'b' }, { name: 'a<' }] } });
    const [, , body] = await ask(`${url}/v1.0/metadata`);
    expect(body).toMatch(/"placement: disconnected"\},"resiliencies":\[\{"name":"b"\},\{"name":"a\\u003c"\}\]\}\n$/);
  });

  test('health follows the targets and the application id', async () => {
    const { url, runtime } = await serve();
    const ready = runtime.health.add('runtime');
    expect(await ask(`${url}/v1.0/healthz`)).toEqual([
      500,
      'application/json',
      '{"errorCode":"ERR_HEALTH_NOT_READY","message":"dapr is not ready: [runtime]"}',
    ]);
    ready(true);
    expect((await ask(`${url}/v1.0/healthz?appid=app1`))[0]).toBe(204);
    expect((await ask(`${url}/v1.0/healthz?appid=`))[2]).toContain('ERR_HEALTH_APPID_NOT_MATCH');
    runtime.health.outboundReady = false;
    expect((await ask(`${url}/v1.0/healthz/outbound`))[2]).toContain('ERR_OUTBOUND_HEALTH_NOT_READY');
  });

  test('shutdown is told after the answer, with its mode', async () => {
    const modes: string[] = [];
    const { url } = await serve({ shutdown: (mode) => modes.push(mode) });
    const post = (value: string) => fetch(`${url}/v1.0/shutdown`, { method: 'POST', headers: { 'dapr-force-shutdown': value } });
    expect((await post('no')).status).toBe(204);
    expect((await post('TRUE')).status).toBe(204);
    expect(modes).toEqual(['graceful', 'force']);
    const without = await serve();
    expect(await ask(`${without.url}/v1.0/shutdown`, { method: 'POST' })).toEqual([404, 'application/json', NO_ROUTE]);
  });

  test('what belongs to another application or to no route', async () => {
    const { url } = await serve();
    expect(await ask(`${url}/nope`)).toEqual([404, 'application/json', NO_ROUTE]);
    const invoked = (await ask(`${url}/v1.0/invoke/other/method/m`))[2];
    expect(invoked).toContain('failed to invoke, id: other, err: ');
    expect((await ask(`${url}/x`, { headers: { 'dapr-app-id': 'shop' } }))[2]).toContain('failed to invoke, id: shop');
    const basic = { authorization: `Basic ${Buffer.from('dapr-app-id:shop').toString('base64')}` };
    expect((await ask(`${url}/x`, { headers: basic }))[2]).toContain('failed to invoke, id: shop');
    expect((await ask(`${url}/v1.0/secrets/memory/k1`, { headers: { 'dapr-app-id': 'shop' } }))[0]).toBe(200);
  });

  test('the public port has health and metadata only, without token', async () => {
    const { url } = await serve({ public: true, token: 't', allowedOrigins: '*', shutdown: () => undefined });
    expect((await ask(`${url}/v1.0/metadata`))[0]).toBe(200);
    expect((await ask(`${url}/v1.0/healthz`))[0]).toBe(204);
    const notFound = [404, 'text/plain; charset=utf-8', '404 page not found\n'];
    expect(await ask(`${url}/v1.0/secrets/memory/k1`)).toEqual(notFound);
    expect(await ask(`${url}/v1.0/shutdown`, { method: 'POST' })).toEqual(notFound);
    const wrong = await fetch(`${url}/v1.0/metadata/x`, { method: 'POST' });
    expect([wrong.status, wrong.headers.get('allow'), await wrong.text()]).toEqual([405, 'PUT', '']);
  });
});

describe('logs and figures', () => {
  test('API log lines, obfuscated or not, without probes and without refused requests', async () => {
    for (const obfuscateUrls of [false, true]) {
      const lines: Record<string, unknown>[] = [];
      const logger = { info: (_: string, fields: Record<string, unknown>) => void lines.push(fields) } as unknown as Logger;
      const { url } = await serve({ token: 't', apiLogging: { enabled: true, obfuscateUrls, omitHealthChecks: true, logger } });
      const headers = { 'dapr-api-token': 't', 'user-agent': 'test' };
      await fetch(`${url}/v1.0/secrets/memory/k%31?metadata.a=b`, { headers });
      await fetch(`${url}/v1.0/secrets/memory/k1`);
      await fetch(`${url}/v1.0/healthz`);
      await fetch(`${url}/nope`, { headers });
      expect(lines.map(({ duration, ...fields }) => [typeof duration, fields])).toEqual([
        [
          'number',
          { method: obfuscateUrls ? 'GetSecret' : 'GET /v1.0/secrets/memory/k1', useragent: 'test', code: 200, size: 12 },
        ],
        [
          'number',
          { method: obfuscateUrls ? 'InvokeService' : 'GET /nope', useragent: 'test', code: 404, size: NO_ROUTE.length },
        ],
      ]);
    }
  });

  test('the observer hears of every request, refused ones too', async () => {
    const seen: AnsweredRequest[] = [];
    const { url } = await serve({ token: 't', observer: { answered: (request) => void seen.push(request) } });
    await fetch(`${url}/v1.0/secrets/memory/k1`, { headers: { 'dapr-api-token': 't' } });
    await fetch(`${url}/v1.0/metadata/x`, { method: 'PUT', body: 'abc', headers: { 'dapr-api-token': 't' } });
    await fetch(`${url}/v1.0/secrets/memory/zz`, { headers: { 'dapr-api-token': 't' } });
    await fetch(`${url}/v1.0/secrets/memory/k1`);
    const none = { errorCode: undefined, rejection: undefined };
    const get = { method: 'GET', operation: 'GetSecret', requestBytes: 0, elapsed: expect.any(Number) };
    expect(seen).toEqual([
      { ...none, ...get, path: '/v1.0/secrets/memory/k1', status: 200, responseBytes: 12 },
      {
        ...none,
        ...get,
        method: 'PUT',
        path: '/v1.0/metadata/x',
        operation: 'PutMetadata',
        status: 204,
        requestBytes: 3,
        responseBytes: 0,
      },
      {
        ...none,
        ...get,
        path: '/v1.0/secrets/memory/zz',
        status: 500,
        responseBytes: expect.any(Number),
        errorCode: 'ERR_SECRET_GET',
      },
      { ...none, ...get, path: '/v1.0/secrets/memory/k1', status: 401, responseBytes: 18, rejection: 'token' },
    ]);
  });
});
