import { createServer } from 'node:http';
import type { Metrics } from '../metrics.ts';

export interface MetricsListener {
  /** Stops at once; a scrape in flight is cut off. */
  close(): void;
}

/** Serves the metrics on any path. Fails with Node's error when the port can't be opened. */
export async function openMetricsListener(metrics: Metrics, host: string, port: number): Promise<MetricsListener> {
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
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
