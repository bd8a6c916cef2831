import type { AppConnection, Coffer } from '@coffer/core';
import type { ServerContext } from '../server.ts';
import { VERSION } from '../version.ts';

/** What the APIs of a server have in common. */
export interface ApiContext extends ServerContext {
  readonly coffer: Coffer;
  readonly isWaitingForApp: () => boolean;
  readonly shutdown: (mode: 'graceful' | 'force') => void;
}

/** The options that mean the same to every API. */
export function commonOptions({ coffer, isWaitingForApp, shutdown, options, environment }: ApiContext): {
  readonly runtime: Coffer;
  readonly token: string | undefined;
  readonly access: Coffer['configuration']['api'];
  readonly runtimeVersion: string;
  readonly app: AppConnection;
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
    isWaitingForApp,
    shutdown,
  };
}
