import { strictDialect } from '@coffer/core';
import { describe, expect, test } from 'vitest';
import { fakeRuntime } from './fake-runtime.ts';
import { get, RawClient } from './raw-client.ts';
import { type ServeOptions, serve } from './serve.ts';

const K1 = '/v1.0/secrets/memory/k1';
const SLOW = '/v1.0/secrets/memory/slow';
const VALUE = '{"k1":"v1"}\n';
const PLAIN = 'text/plain; charset=utf-8';

const parsers: readonly (readonly [string, () => ServeOptions])[] = [
  ['strict', () => ({ parser: 'strict' })],
  ['lenient', () => ({ parser: 'lenient', runtime: fakeRuntime({ k1: 'v1' }, strictDialect) })],
];

describe.each(parsers)('HTTP/1.1, %s', (parser, options) => {
  test('pipelined requests are answered in order on one connection', async () => {
    const { connect } = await serve(options());
    const client = await connect();
    client.send(get(K1) + get('/v1.0/secrets/memory/zz') + get('/v1.0/healthz') + get(K1));
    expect(await client.answer()).toMatchObject({ status: 200, body: VALUE });
    expect(await client.answer()).toMatchObject({ status: 500 });
    expect(await client.answer()).toMatchObject({ status: 204 });
    expect(await client.answer()).toMatchObject({ status: 200, body: VALUE });
  });

  test('a slow answer comes before a quick one that was asked for later', async () => {
    const { connect, runtime } = await serve(options());
    const client = await connect();
    client.send(get(SLOW) + get(K1));
    await expect.poll(() => runtime.reads.length).toBeGreaterThan(0);
    runtime.release();
    expect(await client.answer()).toMatchObject({ body: '{"slow":"late"}\n' });
    expect(await client.answer()).toMatchObject({ body: VALUE });
  });

  test('a body that nobody reads does not disturb the next request', async () => {
    const { connect } = await serve(options());
    const client = await connect();
    const post = `POST ${K1} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\nhello`;
    client.send(
      post +
        get(K1) +
        post.replace('Content-Length: 5\r\n\r\nhello', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n') +
        get(K1),
    );
    expect((await client.answer()).status).toBe(404);
    expect(await client.answer()).toMatchObject({ status: 200, body: VALUE });
    expect((await client.answer()).status).toBe(404);
    expect(await client.answer()).toMatchObject({ status: 200, body: VALUE });
  });

  test('chunked bodies, whole or byte by byte', async () => {
    const { connect } = await serve(options());
    const client = await connect();
    const request = (body: string) => `GET ${K1} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
    expect(await client.send(request('2\r\n{}\r\n0\r\n\r\n')).answer()).toMatchObject({ status: 200 });
    for (const byte of request('1\r\n{\r\n1\r\nx\r\n0\r\n\r\n')) client.send(byte);
    expect(await client.answer()).toMatchObject({ status: 400, body: expect.stringContaining('ERR_MALFORMED_REQUEST') });
    expect(await client.send(get(K1)).answer()).toMatchObject({ status: 200 });
  });

  test('HEAD gets no body, and the connection goes on', async () => {
    const { connect } = await serve(options());
    const client = await connect();
    client.send(get(K1).replace('GET', 'HEAD') + get(K1));
    expect((await client.answer(true)).status).toBe(404);
    expect(await client.answer()).toMatchObject({ status: 200, body: VALUE });
  });

  test('close is honoured, HTTP/1.0 closes by itself', async () => {
    const { connect } = await serve(options());
    const first = await connect();
    expect((await first.send(get(K1, { Connection: 'close' })).answer()).headers.connection).toBe('close');
    await first.closed();
    const second = await connect();
    expect(await second.send(`GET ${K1} HTTP/1.0\r\n\r\n`).answer()).toMatchObject({ status: 200, body: VALUE });
    await second.closed();
  });

  test('a header block over the limit, and the next client', async () => {
    const { connect } = await serve(options());
    const refused = {
      status: 431,
      headers: { 'content-type': PLAIN, connection: 'close' },
      body: '431 Request Header Fields Too Large',
    };
    const client = await connect();
    expect(await client.send(get(K1, { 'X-A': 'a'.repeat(20_000) })).answer()).toMatchObject(refused);
    await client.closed();
    const longKey = await connect();
    expect(await longKey.send(get(`/v1.0/secrets/memory/${'k'.repeat(8192)}`)).answer()).toMatchObject(refused);
    const fits = await connect();
    expect((await fits.send(get(K1, { 'X-A': 'a'.repeat(7000) })).answer()).status).toBe(200);
    expect((await fits.send(get(K1)).answer()).status).toBe(200);
  });

  test('a header limit of its own', async () => {
    const { connect } = await serve({ ...options(), readBufferSize: 64 * 1024 });
    const client = await connect();
    expect((await client.send(get(`/v1.0/secrets/memory/${'k'.repeat(8192)}`)).answer()).status).toBe(500);
    expect((await client.send(get(K1, { 'X-A': 'a'.repeat(70_000) })).answer()).status).toBe(431);
  });

  test.each([
    ['an invalid escape', get('/v1.0/secrets/memory/%zz'), '400 Bad Request'],
    ['a control character', get('/v1.0/secrets/memory/\u0001'), '400 Bad Request'],
    ['no host', `GET ${K1} HTTP/1.1\r\n\r\n`, '400 Bad Request: missing required Host header'],
    ['a malformed host', get(K1, { Host: 'a b' }), '400 Bad Request: malformed Host header'],
    ['two hosts', get(K1, { host: 'b' }), '400 Bad Request'],
    ['two lengths', get(K1, { 'Content-Length': '1', 'content-length': '2' }), '400 Bad Request'],
    ['an unknown transfer encoding', get(K1, { 'Transfer-Encoding': 'gzip' }), 'Unsupported transfer encoding'],
    [
      'an unknown version',
      `GET ${K1} HTTP/3.0\r\nHost: a\r\n\r\n`,
      '505 HTTP Version Not Supported: unsupported protocol version',
    ],
    ['an unknown expectation', get(K1, { Expect: '200-ok' }), ''],
    ['no HTTP at all', '\u0016\u0003\u0001\u0002\u0000\r\n\r\n', '400 Bad Request'],
  ])('%s is refused', async (_, request, body) => {
    const { connect, runtime } = await serve(options());
    const client = await connect();
    const answer = await client.send(request).answer();
    expect(answer).toMatchObject({ body, headers: { connection: 'close' } });
    await client.closed();
    expect(runtime.reads).toEqual([]);
    const next = await connect();
    expect((await next.send(get(K1)).answer()).status).toBe(200);
  });

  test('a head that stops in the middle is cut off, a quiet connection is not', async () => {
    const { connect } = await serve({ ...options(), headerTimeout: 200 });
    const idle = await connect();
    expect((await idle.send(get(K1)).answer()).status).toBe(200);
    const half = await connect();
    half.send('GET /v1.0/secrets/memory/k1 HTTP/1.1\r\nHost: a\r\n');
    if (parser === 'strict') expect(await half.answer()).toMatchObject({ status: 408, body: '408 Request Timeout' });
    await half.closed();
    const silent = await connect();
    await silent.closed();
    expect((await idle.send(get(K1)).answer()).status).toBe(200);
  });

  test('a client that leaves in the middle of a read cancels it', async () => {
    const { connect, runtime } = await serve(options());
    const client = await connect();
    client.send(get(SLOW));
    await expect.poll(() => runtime.reads.length).toBe(1);
    client.close();
    await expect.poll(() => runtime.aborted).toEqual(['slow']);
    const next = await connect();
    expect((await next.send(get(K1)).answer()).status).toBe(200);
  });

  test('a client that leaves in the middle of a body', async () => {
    const { connect, runtime } = await serve(options());
    const client = await connect();
    client.send(`PUT /v1.0/metadata/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\nabc`);
    await new Promise((resolve) => setImmediate(resolve));
    client.close();
    const next = await connect();
    expect((await next.send(get(K1)).answer()).status).toBe(200);
    expect(runtime.extendedMetadata.has('x')).toBe(false);
  });

  test('1,000 connections at once', async () => {
    const { port, connect } = await serve(options());
    const clients = await Promise.all(Array.from({ length: 1000 }, () => RawClient.open(port)));
    const answers = await Promise.all(clients.map((client) => client.send(get(K1)).answer()));
    expect(answers.filter(({ status, body }) => status === 200 && body === VALUE)).toHaveLength(1000);
    for (const client of clients) client.close();
    expect((await (await connect()).send(get(K1)).answer()).status).toBe(200);
  });

  test('closing lets running requests finish, ends idle connections and accepts no more', async () => {
    const { connect, listener, runtime, port } = await serve(options());
    const [idle, busy, fresh] = [await connect(), await connect(), await connect()];
    await idle.send(get(K1)).answer();
    busy.send(get(SLOW));
    await expect.poll(() => runtime.reads.length).toBe(2);
    const closed = listener.close(10_000);
    await Promise.all([idle.closed(), fresh.closed()]);
    await expect(RawClient.open(port)).rejects.toThrow('ECONNREFUSED');
    runtime.release();
    expect(await busy.answer()).toMatchObject({ status: 200, body: '{"slow":"late"}\n' });
    await closed;
  });

  test('closing is bounded', async () => {
    const { connect, listener, runtime } = await serve(options());
    const busy = await connect();
    busy.send(get(SLOW));
    await expect.poll(() => runtime.reads.length).toBe(1);
    await listener.close(50);
    await busy.closed();
    await expect.poll(() => runtime.aborted).toEqual(['slow']);
  });
});

describe('where the parsers differ', () => {
  const lenient = () => ({ parser: 'lenient', runtime: fakeRuntime({ k1: 'v1', ü: 'u' }, strictDialect) }) as const;
  const both = get(K1, { 'Content-Length': '2', 'Transfer-Encoding': 'chunked' });

  test.each([
    ['Content-Length beside chunked', `${both}2\r\n{}\r\n0\r\n\r\n`, 200],
    ['bare line feeds', get(K1).replaceAll('\r\n', '\n'), 200],
    ['folded headers', get(K1, { 'X-A': '1\r\n 2' }), 200],
    ['equal Content-Lengths', `${get(K1, { 'Content-Length': '2', 'content-length': '2' })}{}`, 200],
    ['an unknown method', get(K1).replace('GET', 'FOO'), 404],
    ['a method in lower case', get(K1).replace('GET', 'get'), 404],
    ['raw UTF-8 in the target', get('/v1.0/secrets/memory/\xc3\xbc'), 200],
  ])('%s: lenient answers and goes on, strict refuses', async (_, request, status) => {
    const loose = await (await serve(lenient())).connect();
    expect((await loose.send(request).answer()).status).toBe(status);
    expect((await loose.send(get(K1)).answer()).status).toBe(200);
    const { connect, runtime } = await serve();
    const tight = await connect();
    expect((await tight.send(request).answer()).status).toBe(400);
    await tight.closed();
    expect(runtime.reads).toEqual([]);
  });

  test('a chunk size that is none', async () => {
    const request = `${get(K1, { 'Transfer-Encoding': 'chunked' })}zz\r\n`;
    const loose = await (await serve(lenient())).connect();
    expect(await loose.send(request).answer()).toMatchObject({
      status: 400,
      headers: { connection: 'close', 'content-type': 'application/json' },
      body: expect.stringContaining('ERR_BODY_READ'),
    });
    await loose.closed();
    const tight = await (await serve()).connect();
    expect(await tight.send(request).answer()).toMatchObject({ status: 400, body: '400 Bad Request' });
    await tight.closed();
  });

  test('a go-ahead is given when the body is wanted, and only then', async () => {
    const { connect } = await serve(lenient());
    const wanted = await connect();
    wanted.send(get(K1, { 'Content-Length': '2', Expect: '100-continue' }));
    expect((await wanted.answer()).status).toBe(100);
    expect(await wanted.send('{}').answer()).toMatchObject({ status: 200 });
    expect(await wanted.send(get(K1)).answer()).toMatchObject({ status: 200 });
    const unwanted = await connect();
    unwanted.send(get(K1, { 'Content-Length': '2', Expect: '100-continue' }).replace('GET', 'POST'));
    expect(await unwanted.answer()).toMatchObject({ status: 404, headers: { connection: 'close' } });
    await unwanted.closed();
  });

  test('what is not HTTP after a request that is still being answered', async () => {
    const { connect, runtime } = await serve();
    const client = await connect();
    client.send(`${get(SLOW)}\u0000\u0000\r\n\r\n`);
    await expect.poll(() => runtime.reads.length).toBe(1);
    runtime.release();
    expect(await client.answer()).toMatchObject({ status: 200 });
    expect(await client.answer()).toMatchObject({ status: 400, body: '400 Bad Request' });
    await client.closed();
  });
});

describe('without a token', () => {
  test('a foreign host or origin gets no secret, unless trusted', async () => {
    const { connect, runtime } = await serve({ trustedHosts: ['sidecar'] });
    const client = await connect();
    expect(await client.send(get(K1, { Host: 'evil.example' })).answer()).toMatchObject({
      status: 403,
      headers: { 'coffer-error-code': 'permission_denied' },
      body:
        '{"errorCode":"COFFER_FOREIGN_REQUEST","message":"requests from host \\"evil.example\\" are refused while there is no API token: ' +
        'set DAPR_API_TOKEN, or name the host with --trusted-hosts or the origin with --allowed-origins"}',
    });
    expect((await client.send(get(K1, { Origin: 'https://evil.example' })).answer()).status).toBe(403);
    expect((await client.send(get(`http://evil.example${K1}`)).answer()).status).toBe(403);
    expect((await client.send(get('/nope', { Host: 'evil.example' })).answer()).status).toBe(403);
    expect(runtime.reads).toEqual([]);
    expect((await client.send(get('/v1.0/healthz', { Host: 'evil.example' })).answer()).status).toBe(204);
    expect((await client.send(get(K1, { Host: 'sidecar:3500' })).answer()).status).toBe(200);
  });

  test.each<[string, ServeOptions]>([
    ['with a token', { token: 't' }],
    ['where no browser comes', { trustedHosts: 'any' }],
    ["in the reference's dialect", { runtime: fakeRuntime({ k1: 'v1' }, strictDialect) }],
  ])('%s hosts are not looked at', async (_, options) => {
    const { connect } = await serve(options);
    const client = await connect();
    expect((await client.send(get(K1, { Host: 'evil.example', 'dapr-api-token': 't' })).answer()).status).toBe(200);
  });
});

test('a refusal waits for the answer to the request before it', async () => {
  const { connect, runtime } = await serve();
  const client = await connect();
  client.send(get(SLOW) + get(K1, { Host: 'a b' }));
  await expect.poll(() => runtime.reads.length).toBe(1);
  runtime.release();
  expect(await client.answer()).toMatchObject({ status: 200 });
  expect(await client.answer()).toMatchObject({ status: 400, body: '400 Bad Request: malformed Host header' });
  await client.closed();
});
