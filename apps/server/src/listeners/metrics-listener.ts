import { createServer, type Server } from 'node:http';
import type { Metrics } from '../metrics.ts';

/** Serves the metrics on any path. Fails with Node's error when the port can't be opened. */
export async function openMetricsListener(metrics: Metrics, host: string, port: number): Promise<Server> {
  const server = createServer((_request, response) => {
    metrics.exposition().then(
      ({ contentType, text }) => response.writeHead(200, { 'content-type': contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === '' ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.unref();
  return server;
}
