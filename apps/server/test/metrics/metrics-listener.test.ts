import { once } from 'node:events';
import net from 'node:net';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openMetricsListener } from '../../src/listeners/metrics-listener.ts';
import { Metrics } from '../../src/metrics/metrics.ts';
import { metricSettingsOf } from '../../src/metrics/settings.ts';
import { freePort } from '../support/free-port.ts';

/** Metrics with so many paths; 1000 of them are a few megabytes of text. */
function metricsWith(paths: number): Metrics {
  const dialect = { maxRequestSeries: Number.POSITIVE_INFINITY, componentLoaded: true };
  const metrics = new Metrics({ appId: 'a', namespace: '', version: '1', settings: metricSettingsOf({}), dialect });
  const rest = { method: 'GET', operation: '', status: 200, elapsed: 1, requestBytes: 0, responseBytes: 0 };
  for (let at = 0; at < paths; at++) {
    metrics.httpObserver?.answered({ ...rest, path: `/${at}`, errorCode: undefined, rejection: undefined });
  }
  return metrics;
}

async function serve(paths: number) {
  const port = await freePort();
  return { port, listener: await openMetricsListener(metricsWith(paths), '127.0.0.1', port) };
}

describe('openMetricsListener', () => {
  it('answers any path, compressed when asked', async () => {
    const { port, listener } = await serve(1);
    for (const path of ['/', '/metrics', '/x?y']) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(await response.text()).toMatch(/^dapr_http_server_request_count\{/m);
    }
    const socket = net.connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const answer = Buffer.concat(chunks);
    const head = answer.indexOf('\r\n\r\n');
    expect(answer.toString('latin1', 0, head)).toMatch(/content-encoding: gzip/i);
    expect(gunzipSync(answer.subarray(head + 4)).toString()).toContain('nodejs_version_info');
    const headers = await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' });
    expect([headers.status, await headers.text()]).toEqual([200, '']);
    await listener.close();
  });

  it('lets a scrape in flight end when it closes, and refuses later ones', async () => {
    const { port, listener } = await serve(1000);
    const socket = net.connect(port, '127.0.0.1').setEncoding('latin1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    let text = '';
    text += (await once(socket, 'data')).join('');
    socket.pause();
    const closing = listener.close();
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    socket.on('data', (chunk: string) => (text += chunk)).resume();
    await once(socket, 'close');
    await closing;
    expect(text.length).toBeGreaterThan(3_000_000);
    expect(text.endsWith('\r\n0\r\n\r\n')).toBe(true);
  });

  it('survives a scraper that goes away, and lets other work be done meanwhile', async () => {
    const { port, listener } = await serve(1000);
    const socket = net.connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    expect((await (await fetch(`http://127.0.0.1:${port}/`)).text()).length).toBeGreaterThan(3_000_000);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(3);
    await listener.close();
  });
});
