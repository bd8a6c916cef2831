import type { Exchange } from './exchange.ts';
import { decodedPath } from './target.ts';
import { bytesOfText, textOfBytes, unescapeQuery } from './text.ts';

const METHODS: ReadonlySet<string> = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']);

/** Requests that match no route while the invoke API is on: taken for an invocation of another application. */
export function invokeFallback(exchange: Exchange): void {
  const appId = invokedAppId(exchange);
  if (appId === undefined) {
    const message = 'failed getting app id either from the URL path or the header dapr-app-id';
    exchange.error(404, 'ERR_DIRECT_INVOKE', message);
  } else {
    exchange.error(500, 'ERR_DIRECT_INVOKE', `failed to invoke, id: ${appId}, err: name resolver not initialized`);
  }
}

/** Requests that match no route on the public port or with the invoke API off. `allow`: the methods of a known path. */
export function routerDefault(exchange: Exchange, allow: readonly string[]): void {
  if (allow.length === 0 && METHODS.has(exchange.method)) {
    exchange.plain(404, '404 page not found');
    return;
  }
  if (allow.length > 0 && METHODS.has(exchange.method)) exchange.addHeader('Allow', allow.join(', '));
  exchange.empty(405);
}

function invokedAppId(exchange: Exchange): string | undefined {
  const { headers } = exchange.request;
  const named = headers['dapr-app-id']?.toString();
  if (named !== undefined && named !== '') return textOfBytes(named);
  const credentials = /^Basic ([A-Za-z0-9+/]*={0,2})$/.exec(headers.authorization ?? '')?.[1];
  if (credentials !== undefined) {
    const pair = Buffer.from(credentials, 'base64').toString('utf8').split(':');
    if (pair.length === 2 && pair[0]?.toLowerCase() === 'dapr-app-id' && pair[1] !== '') return pair[1];
  }
  const path = /^\/*v1\.0\/+invoke\/+(.*)$/s.exec(decodedPath(exchange.target))?.[1] ?? '';
  const end = path.indexOf('/method/');
  if (end <= 0) return undefined;
  const appId = path.slice(0, end);
  return unescapeQuery(bytesOfText(appId)) || appId;
}
