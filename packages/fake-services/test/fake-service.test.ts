import http from 'node:http';
import https from 'node:https';
import { describe, expect, it } from 'vitest';
import { answer, createAuthority, cutOff, huge, reset, slowBytes, spoilt, startFakeService, startProxy } from '../src/index.ts';

describe('a fake service', () => {
  it('answers, remembers, and counts what is in flight', async () => {
    await using service = await startFakeService(({ path }) => ({ status: 200, body: { path } }), { delay: 20 });
    const texts = await Promise.all(['/a?b=c', '/d'].map(async (path) => (await fetch(service.url + path)).json()));
    expect(texts).toEqual([{ path: '/a' }, { path: '/d' }]);
    expect(service.requests.map(({ path, search }) => path + search).sort()).toEqual(['/a?b=c', '/d']);
    expect(service.mostInFlight).toBe(2);
  });

  it('fails as often as it is told, and only where it is told', async () => {
    await using service = await startFakeService(() => ({ status: 200 }));
    service.inject(answer(429, { 'retry-after': '1' }), { times: 1, when: ({ path }) => path === '/a' });
    const statuses = [];
    for (const path of ['/b', '/a', '/a']) statuses.push((await fetch(service.url + path)).status);
    expect(statuses).toEqual([200, 429, 200]);
  });

  it('cuts bodies off, resets connections, and sends slow and huge bodies', async () => {
    await using service = await startFakeService(() => ({ status: 200 }));
    service.inject(cutOff(), { times: 1 });
    await expect(fetch(service.url).then((response) => response.text())).rejects.toThrow();
    service.inject(reset(), { times: 1 });
    await expect(fetch(service.url)).rejects.toThrow();
    service.inject(huge(3 * 2 ** 20), { times: 1 });
    expect((await (await fetch(service.url)).text()).length).toBeGreaterThan(3 * 2 ** 20);
    service.inject(slowBytes(5), { times: 1 });
    const slow = fetch(service.url, { signal: AbortSignal.timeout(100) }).then((response) => response.text());
    await expect(slow).rejects.toThrow();
  });

  it.each([false, true])('understands LIST when asked to, over kept connections (TLS: %s)', async (secure) => {
    const { cert: ca, issue } = createAuthority();
    const tls = { ...issue('server', ['127.0.0.1']), ca };
    const options = { list: true, ...(secure ? { tls } : {}) };
    await using service = await startFakeService(({ method, path }) => ({ status: 200, body: method + path }), options);
    const agent = secure ? new https.Agent({ ca, keepAlive: true, ...issue('client') }) : new http.Agent({ keepAlive: true });
    const ask = (method: string) =>
      new Promise<string>((resolve, reject) => {
        const request = (secure ? https : http).request(`${service.url}/a`, { method, agent }, (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () => resolve(text));
          response.on('error', reject);
        });
        request.on('error', reject);
        request.end();
      });
    expect([await ask('LIST'), await ask('GET'), await ask('LIST')]).toEqual(['LIST/a', 'GET/a', 'LIST/a']);
    expect([service.connections, service.requests[0]?.clientName]).toEqual([1, secure ? 'client' : undefined]);
    service.inject(reset(), { times: 1 });
    await expect(ask('LIST')).rejects.toThrow();
    agent.destroy();
  });
});

describe('a proxy', () => {
  it('hands calls on with their method, path, headers and body, and the answers with theirs', async () => {
    await using service = await startFakeService(({ method, path, search, headers, body }) => ({
      status: 203,
      headers: { 'x-own': 'yes', 'content-length': '12' },
      body: [method, path, search, headers['x-mine'], body.length, headers.host].join().slice(0, 12),
    }));
    await using proxy = await startProxy(service);
    const answer = await fetch(`${proxy.url}/a%2Fb?c`, { method: 'POST', headers: { 'x-mine': '1' }, body: 'four' });
    expect([answer.status, answer.headers.get('x-own'), await answer.text()]).toEqual([203, 'yes', 'POST,/a%2Fb,']);
    expect(service.requests[0]).toMatchObject({ method: 'POST', path: '/a%2Fb', search: '?c', body: Buffer.from('four') });
    expect(service.requests[0]?.headers).toMatchObject({ 'x-mine': '1', host: new URL(proxy.url).host });
  });

  it('breaks answers that are the service’s own', async () => {
    const value = 'v'.repeat(40);
    await using service = await startFakeService(() => ({ status: 200, body: { value } }));
    await using proxy = await startProxy(service);
    proxy.inject(spoilt(), { times: 1 });
    const text = await (await fetch(proxy.url)).text();
    expect(() => JSON.parse(text)).toThrow();
    expect(text).toContain(value);
    proxy.inject(answer(429), { times: 1 });
    expect((await fetch(proxy.url)).status).toBe(429);
    expect(await (await fetch(proxy.url)).json()).toEqual({ value });
    expect([proxy.requests.length, service.requests.length]).toEqual([3, 2]);
  });

  it('answers what an emulator does not know, and breaks that too', async () => {
    await using service = await startFakeService(() => ({ status: 404 }));
    const instead = ({ path }: { readonly path: string }) => (path === '/known' ? { status: 200, body: 'known' } : undefined);
    await using proxy = await startProxy({ url: service.url, instead });
    expect(await (await fetch(`${proxy.url}/known`)).text()).toBe('known');
    expect((await fetch(proxy.url)).status).toBe(404);
    proxy.inject(answer(503), { times: 1 });
    expect((await fetch(`${proxy.url}/known`)).status).toBe(503);
    expect(service.requests).toHaveLength(1);
  });

  it('hands on what has no end as it comes, and gives it up with its client', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    await using service = await startFakeService(() => (response) => {
      response.once('close', resolve);
      response.writeHead(200).write('first');
    });
    await using proxy = await startProxy({ url: service.url, streams: ({ path }) => path === '/stream' });
    const reader = (await fetch(`${proxy.url}/stream`)).body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? '').toString()).toBe('first');
    await reader?.cancel();
    await closed;
  });

  it('reaches services that have an authority of their own', async () => {
    const { cert: ca, issue } = createAuthority();
    await using service = await startFakeService(() => ({ status: 200, body: 'safe' }), { tls: issue('server', ['127.0.0.1']) });
    await using proxy = await startProxy({ url: service.url, ca });
    expect(await (await fetch(proxy.url)).text()).toBe('safe');
    await using stranger = await startProxy({ url: service.url });
    expect((await fetch(stranger.url)).status).toBe(599);
  });
});
