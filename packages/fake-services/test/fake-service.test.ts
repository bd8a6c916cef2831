import http from 'node:http';
import https from 'node:https';
import { describe, expect, it } from 'vitest';
import { answer, createAuthority, cutOff, huge, reset, slowBytes, startFakeService } from '../src/index.ts';

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
