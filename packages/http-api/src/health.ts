import type { Exchange } from './exchange.ts';
import { queryValue } from './query.ts';

/** `GET /v1.0/healthz`: 204 when every part of the process is ready. With `appid`, also whether that is our application. */
export function healthz(exchange: Exchange): void {
  const { runtime } = exchange.settings;
  const notReady = runtime.health.notReady();
  const appId = queryValue(exchange.target.query, 'appid');
  if (notReady.length > 0) exchange.error(500, 'ERR_HEALTH_NOT_READY', `dapr is not ready: [${notReady.join(' ')}]`);
  else if (appId !== undefined && appId !== runtime.appId) {
    exchange.error(500, 'ERR_HEALTH_APPID_NOT_MATCH', 'dapr app-id does not match');
  } else exchange.empty(204);
}

/** `GET /v1.0/healthz/outbound`: 204 once secrets can be read, whatever the application does. */
export function healthzOutbound(exchange: Exchange): void {
  if (exchange.settings.runtime.health.outboundReady) exchange.empty(204);
  else exchange.error(500, 'ERR_OUTBOUND_HEALTH_NOT_READY', 'dapr outbound is not ready');
}
