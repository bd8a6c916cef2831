import type { AppConnection, Coffer, Tracing } from '@coffer/core';
import type { ServerContext } from '../server.ts';
import { VERSION } from '../version.ts';

/** What the APIs of a server have in common. */
export interface ApiContext extends ServerContext {
  readonly coffer: Coffer;
  /** How requests are traced now; undefined when they are not. */
  readonly tracing: () => Tracing | undefined;
  readonly isWaitingForApp: () => boolean;
  readonly shutdown: (mode: 'graceful' | 'force') => void;
}

/** The options that mean the same to every API. */
export function commonOptions({ coffer, tracing, isWaitingForApp, shutdown, options, environment }: ApiContext): {
  readonly runtime: Coffer;
  readonly token: string | undefined;
  readonly access: Coffer['configuration']['api'];
  readonly runtimeVersion: string;
  readonly app: AppConnection;
  readonly tracing: Tracing | undefined;
  readonly isWaitingForApp: () => boolean;
  readonly shutdown: (mode: 'graceful' | 'force') => void;
} {
  const { port, protocol, channelAddress, maxConcurrency } = options.app;
  return {
    runtime: coffer,
    token: environment.DAPR_API_TOKEN,
    access: coffer.configuration.api,
    runtimeVersion: VERSION,
    app: {
      protocol,
      channelAddress,
      health: options.app.health,
      ...(port === 0 ? {} : { port }),
      ...(maxConcurrency > 0 ? { maxConcurrency } : {}),
    },
    tracing: tracing(),
    isWaitingForApp,
    shutdown,
  };
}
