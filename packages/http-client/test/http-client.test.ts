import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import {
  createAuthority,
  cutOff,
  type FakeService,
  hang,
  huge,
  redirect,
  reset,
  slowBytes,
  startFakeService,
} from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { HttpClient, HttpFailure, proxyFor, retryAfterOf } from '../src/index.ts';

const none = { environment: {} };

function failureOf(work: Promise<unknown>): Promise<HttpFailure> {
  return work.then(
    () => expect.unreachable(),
    (cause) => {
      expect(cause).toBeInstanceOf(HttpFailure);
      return cause;
    },
  );
}

const echo = (): Promise<FakeService> =>
  startFakeService(({ method, path, body }) => ({ status: 200, body: `${method} ${path} ${body}` }));

describe('a request', () => {
  it('has its answer whole, over one kept connection', async () => {
    await using service = await echo();
    const client = new HttpClient(none);
    for (const method of ['GET', 'POST', 'PUT']) {
      const { status, headers, body } = await client.request({ method, url: new URL(`${service.url}/a%2Fb?c`), body: 'ü' });
      expect([status, headers.connection, `${body}`]).toEqual([200, 'keep-alive', `${method} /a%2Fb ü`]);
    }
    expect(service.connections).toBe(1);
    client.close();
  });

  it('has the bytes of its headers as given, also with a body', async () => {
    await using service = await echo();
    const bytes = Buffer.from('größe').toString('latin1');
    const request = { method: 'POST', url: new URL(service.url), headers: { 'x-name': bytes }, body: 'ü' };
    await new HttpClient(none).request(request);
    expect(service.requests[0]?.headers['x-name']).toBe(bytes);
  });

  it('is not redirected', async () => {
    await using service = await echo();
    service.inject(redirect('http://127.0.0.1:1/stolen'));
    const answer = await new HttpClient(none).request({ url: new URL(service.url) });
    expect([answer.status, answer.headers.location]).toEqual([307, 'http://127.0.0.1:1/stolen']);
  });

  it('finds the addresses of names as it is told, and fails with what that fails with', async () => {
    await using service = await echo();
    const asked: string[] = [];
    const client = new HttpClient({
      ...none,
      lookup: (name, { all }, callback) => {
        asked.push(name);
        if (name === 'forbidden.test') callback(new HttpFailure('configuration', 'not there', { hint: 'elsewhere' }), []);
        else if (all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
        else callback(null, '127.0.0.1', 4);
      },
    });
    const { body } = await client.request({ url: new URL(`http://name.test:${service.port}/a`) });
    expect(`${body}`).toBe('GET /a ');
    const failure = await failureOf(client.request({ url: new URL(`http://forbidden.test:${service.port}/a`) }));
    expect(failure).toMatchObject({ reason: 'configuration', message: 'not there', hint: 'elsewhere' });
    expect([asked, service.requests.length]).toEqual([['name.test', 'forbidden.test'], 1]);
    client.close();
  });

  it('is sent again when a kept connection was closed, a POST only where it may', async () => {
    await using service = await echo();
    const client = new HttpClient(none);
    const send = (method: string) => client.request({ method, url: new URL(service.url) });
    await send('GET');
    service.inject(reset(), { times: 1 });
    expect((await send('GET')).status).toBe(200);
    service.inject(reset(), { times: 1 });
    expect(await failureOf(send('POST'))).toMatchObject({ reason: 'unavailable', code: 'unavailable', retryable: true });
    await send('GET');
    service.inject(reset(), { times: 1 });
    const { status } = await client.request({ method: 'POST', url: new URL(service.url), body: 'ü', isRepeatable: true });
    expect([status, `${service.requests.at(-1)?.body}`]).toEqual([200, 'ü']);
  });

  it('ends at the socket when the caller gives up or the time is over', async () => {
    await using service = await echo();
    service.inject(hang());
    const url = new URL(`${service.url}/a?b`);
    const client = new HttpClient(none);
    const controller = new AbortController();
    const given = failureOf(client.request({ url }, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 30);
    expect(await given).toMatchObject({ reason: 'canceled', code: 'canceled' });
    expect(await failureOf(client.request({ url }, { timeout: 30 }))).toMatchObject({
      reason: 'timeout',
      message: `Get "${service.url}/a": context deadline exceeded`,
    });
    expect(await failureOf(client.request({ url }, { signal: AbortSignal.timeout(5) }))).toMatchObject({ reason: 'timeout' });
    service.clearFaults();
    service.inject(slowBytes(5));
    expect(await failureOf(client.request({ url }, { timeout: 60 }))).toMatchObject({ code: 'deadline_exceeded' });
  });

  it('fails when the answer breaks off, is too large, or nobody listens', async () => {
    await using service = await echo();
    const url = new URL(service.url);
    const client = new HttpClient({ ...none, maxResponse: 1000 });
    service.inject(cutOff(), { times: 1 });
    expect(await failureOf(client.request({ url }, { maxResponse: 10_000 }))).toMatchObject({ reason: 'unavailable' });
    service.inject(huge(2 ** 24), { times: 1 });
    expect(await failureOf(client.request({ url }))).toMatchObject({
      reason: 'too_large',
      code: 'resource_exhausted',
      retryable: false,
      message: 'the answer has more than 1000 bytes',
    });
    await service.close();
    expect((await failureOf(client.request({ method: 'LIST', url }))).message).toBe(
      `List "${url}": dial tcp ${url.host}: connect: connection refused`,
    );
  });

  it('verifies the server, shows its own certificate, and takes others later', async () => {
    const authority = createAuthority();
    const tls = { ...authority.issue('server', ['127.0.0.1']), ca: authority.cert };
    await using service = await startFakeService(({ clientName }) => ({ status: 200, body: clientName ?? '' }), { tls });
    const url = new URL(service.url);
    const client = new HttpClient(none);
    expect(await failureOf(client.request({ url }))).toMatchObject({ reason: 'untrusted', code: 'unavailable' });
    for (const name of ['one', 'two']) {
      client.useTls({ ca: authority.cert, ...authority.issue(name) });
      expect(`${(await client.request({ url })).body}`).toBe(name);
    }
  });

  it('has at most so many connections', async () => {
    await using service = await echo();
    service.delay = 5;
    const client = new HttpClient({ ...none, maxConnections: 3 });
    await Promise.all(Array.from({ length: 12 }, () => client.request({ url: new URL(service.url) })));
    expect(service.connections).toBe(3);
    expect(service.mostInFlight).toBeLessThanOrEqual(3);
  });
});

describe('a proxy', () => {
  async function startProxy(forward?: RequestListener): Promise<{ server: Server; address: string; seen: string[] }> {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.host} ${request.headers['proxy-authorization']}`);
      forward?.(request, response);
    }).on('connect', ({ url, headers }, socket) => {
      seen.push(`CONNECT ${url} ${headers['proxy-authorization']}`);
      socket.end('HTTP/1.1 407 No\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { server, seen, address: `http://me:canary@127.0.0.1:${(server.address() as AddressInfo).port}` };
  }
  const authorization = `Basic ${Buffer.from('me:canary').toString('base64')}`;

  it('is told the whole address of an http server', async () => {
    const { server, address, seen } = await startProxy((_, response) => response.end('through'));
    const environment = { HTTP_PROXY: address };
    const client = new HttpClient({ environment });
    for (const path of ['/x?y', '/z']) {
      expect(`${(await client.request({ url: new URL(`http://vault.test:8200${path}`) })).body}`).toBe('through');
    }
    expect(seen).toEqual([
      `GET http://vault.test:8200/x?y vault.test:8200 ${authorization}`,
      `GET http://vault.test:8200/z vault.test:8200 ${authorization}`,
    ]);
    server.close();
    client.close();
  });

  it('that refuses a tunnel is a failure which does not tell its password', async () => {
    const { server, address, seen } = await startProxy();
    const client = new HttpClient({ environment: { HTTPS_PROXY: address } });
    const failure = await failureOf(client.request({ url: new URL('https://vault.test:8200/x') }));
    expect(failure.message).toBe('Get "https://vault.test:8200/x": the proxy answered CONNECT with 407');
    expect(seen).toEqual([`CONNECT vault.test:8200 ${authorization}`]);
    expect(inspect(failure)).not.toContain('canary');
    server.close();
  });

  it.each([
    ['127.0.0.1', '', false],
    ['api.test', 'api.test', false],
    ['a.api.test', 'api.test', false],
    ['api.test', '.api.test', true],
    ['a.api.test', '*.api.test', false],
    ['xapi.test', 'api.test', true],
    ['api.test', 'api.test:6443', false],
    ['api.test', 'api.test:443', true],
    ['10.1.2.3', '10.0.0.0/8', false],
    ['11.1.2.3', '10.0.0.0/8, x', true],
    ['[fd00::1]', 'fd00::/8', false],
    ['[fd00::1]', '10.0.0.0/8,fd00::2', true],
    ['169.254.169.254', '', false],
    ['api.test', 'x, *', false],
    ['api.test', '10.0.0.0/99,/,:', true],
  ])('is used for %s with NO_PROXY=%s: %s', (host, list, isUsed) => {
    const proxy = proxyFor(new URL(`https://${host}:6443`), { https_proxy: 'proxy.test:3128', NO_PROXY: list });
    expect(proxy?.href).toBe(isUsed ? 'http://proxy.test:3128/' : undefined);
  });

  it('has to be an http or https address', () => {
    for (const [scheme, name] of [
      ['http', 'HTTP_PROXY'],
      ['https', 'HTTPS_PROXY'],
    ] as const) {
      const wrong = () => proxyFor(new URL(`${scheme}://a.test`), { [name]: 'socks5://canary' });
      expect(wrong).toThrow(expect.objectContaining({ reason: 'configuration', hint: `check ${name} and NO_PROXY` }));
      expect(wrong).toThrow(/^the proxy is not an http or https address$/);
    }
  });
});

describe('retryAfterOf', () => {
  it.each([
    ['3', 3000],
    ['0', 0],
    ['0.5', 500],
    ['', undefined],
    ['soon', undefined],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
  ])('%j is %s ms', (text, milliseconds) => expect(retryAfterOf({ 'retry-after': text })).toBe(milliseconds));

  it('reads dates', () => {
    const milliseconds = retryAfterOf({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() }) ?? 0;
    expect(milliseconds).toBeGreaterThan(55_000);
    expect(milliseconds).toBeLessThanOrEqual(60_000);
  });
});
