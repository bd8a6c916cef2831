import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { CONTENT_TYPE } from '../metrics/exposition.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** Milliseconds that a scrape in flight has to end when the listener closes. */
const CLOSE_MILLISECONDS = 5000;

export interface MetricsListener {
  /** Stops accepting, lets a scrape in flight end, and cuts off what is left after five seconds. May be called twice. */
  close(): Promise<void>;
}

/** Serves the metrics on any path. Fails with Node's error when the port can't be opened. */
export async function openMetricsListener(metrics: Metrics, host: string, port: number): Promise<MetricsListener> {
  let closing: Promise<void> | undefined;
  const server = createServer((request, response) => {
    // A connection that a scraper keeps for its next scrape must not hold up the end.
    response.once('close', () => {
      if (closing !== undefined) setImmediate(() => server.closeIdleConnections());
    });
    // A scraper that went away in the middle is no failure of ours.
    answer(metrics, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === '' ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.unref();
  return {
    close() {
      closing ??= new Promise((resolve) => {
        const late = setTimeout(() => server.closeAllConnections(), CLOSE_MILLISECONDS);
        server.close(() => {
          clearTimeout(late);
          resolve();
        });
      });
      return closing;
    },
  };
}

async function answer(metrics: Metrics, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const compressed = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  response.writeHead(200, { 'Content-Type': CONTENT_TYPE, ...(compressed ? { 'Content-Encoding': 'gzip' } : {}) });
  if (request.method === 'HEAD') response.end();
  else if (compressed) await pipeline(Readable.from(metrics.text()), createGzip(), response);
  else await pipeline(Readable.from(metrics.text()), response);
}
