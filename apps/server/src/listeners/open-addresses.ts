import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@coffer/core/driver';
import type { ServerOptions } from '../flags/server-options.ts';

const RETRY_MILLISECONDS = 10_000;
const LONGEST_PAUSE = 500;

/** What can be opened on an address: a listener of the HTTP API, a gRPC server. */
export interface Openable {
  /** Rejects with Node's error. */
  listen(address: { readonly host?: string; readonly port: number } | { readonly path: string }): Promise<unknown>;
}

interface Opening {
  readonly listener: Openable;
  /** As log lines name it; the socket has it in lower case. */
  readonly name: 'HTTP' | 'gRPC';
  readonly port: number;
  /** For the hint when the port is taken. */
  readonly portFlag: string;
  /** The Error's message when nothing could be opened. */
  readonly failure: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface OpenAddressesOptions extends Opening {
  readonly addresses: readonly string[];
}

export interface OpenEndpointsOptions extends Opening {
  readonly options: ServerOptions;
}

/** Opens a listener where the flags want the APIs: on every address, or on a unix socket in a directory. */
export async function openEndpoints({ options, ...opening }: OpenEndpointsOptions): Promise<void> {
  const { listener, name, failure, logger } = opening;
  if (options.socketDirectory === '') {
    await openAddresses({ ...opening, addresses: options.listenAddresses });
    return;
  }
  const path = join(options.socketDirectory, `dapr-${options.appId}-${name.toLowerCase()}.socket`);
  await listener.listen({ path }).catch((cause) => {
    throw new Error(`${failure}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  });
  if (options.dialect.listen.privateSockets) chmodSync(path, 0o600);
  logger.info(`${name} server listening on UNIX socket: ${path}`);
}

/**
 * Opens a listener on every address, trying each for ten seconds while its port is taken. Fails when none could be opened
 * or when `signal` aborts.
 */
export async function openAddresses({
  listener,
  name,
  addresses,
  port,
  portFlag,
  failure,
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
          logger.info(`${name} server listening on TCP address: ${where}`);
          return true;
        } catch (cause) {
          signal.throwIfAborted();
          const message = cause instanceof Error ? cause.message : String(cause);
          const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
          if (!taken || Date.now() > deadline) {
            const level = name === 'HTTP' ? 'debug' : 'error';
            logger[level](`Failed to listen for ${name} server on TCP address ${where} with error: ${message}`);
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
  if (!opened.includes(true)) throw new Error(failure);
}
