import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@coffer/core/driver';
import type { HttpListener } from '@coffer/http-api';

const RETRY_MILLISECONDS = 10_000;
const LONGEST_PAUSE = 500;

export interface OpenAddressesOptions {
  readonly listener: HttpListener;
  readonly addresses: readonly string[];
  readonly port: number;
  /** For the hint when the port is taken. */
  readonly portFlag: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Opens a listener on every address, trying each for ten seconds while its port is taken. Fails when none could be opened
 * or when `signal` aborts.
 */
export async function openAddresses({
  listener,
  addresses,
  port,
  portFlag,
  logger,
  signal,
}: OpenAddressesOptions): Promise<void> {
  const opened = await Promise.all(
    addresses.map(async (host) => {
      const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
      const deadline = Date.now() + RETRY_MILLISECONDS;
      for (let pause = 100; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
        try {
          await listener.listen({ port, ...(host === '' ? {} : { host }) });
          logger.info(`HTTP server listening on TCP address: ${where}`);
          return true;
        } catch (cause) {
          signal.throwIfAborted();
          const message = cause instanceof Error ? cause.message : String(cause);
          const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
          if (!taken || Date.now() > deadline) {
            logger.debug(`Failed to listen for HTTP server on TCP address ${where} with error: ${message}`);
            if (!taken) logger.warn(`can't listen on ${where}: ${message}`);
            return false;
          }
          if (pause === 100)
            logger.warn(`port ${port} is in use by another process: waiting for it; --${portFlag} chooses another`);
          await sleep(pause, undefined, { signal });
        }
      }
    }),
  );
  if (!opened.includes(true)) throw new Error('failed to start HTTP server: could not listen on any endpoint');
}
