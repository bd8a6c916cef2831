import { networkInterfaces } from 'node:os';
import type { ServerOptions } from './flags/server-options.ts';

/** Ports as the flags give them. */
export interface OwnPorts {
  readonly internal: string;
  readonly metrics: string;
}

/** Variables that the process sets for itself before the Configuration is read; components may refer to some of them. */
export function setOwnVariables(environment: NodeJS.ProcessEnv, options: ServerOptions, ports: OwnPorts): void {
  Object.assign(environment, {
    APP_ID: options.appId,
    APP_PORT: String(options.app.port),
    HOST_ADDRESS: hostAddress(environment),
    DAPR_PORT: ports.internal,
    DAPR_GRPC_PORT: String(options.grpcPort),
    DAPR_HTTP_PORT: String(options.httpPort),
    DAPR_METRICS_PORT: ports.metrics,
    DAPR_PROFILE_PORT: String(options.profilePort),
  });
}

/** `DAPR_HOST_IP`, else the first address that is not loopback, else loopback. */
function hostAddress(environment: NodeJS.ProcessEnv): string {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = own.find(({ internal, family }) => !internal && family === 'IPv4') ?? own.find(({ internal }) => !internal);
  return environment.DAPR_HOST_IP || (outside?.address ?? '127.0.0.1');
}
