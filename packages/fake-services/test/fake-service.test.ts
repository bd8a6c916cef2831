import { describe, expect, it } from 'vitest';
import { answer, cutOff, huge, reset, slowBytes, startFakeService } from '../src/index.ts';

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
});
