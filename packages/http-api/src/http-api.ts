import type { Tracing } from '@coffer/core';
import { createBrowserGuard } from './browser-guard.ts';
import type { ControlApp } from './control/control-app.ts';
import { createCors } from './cors.ts';
import { type ApiSettings, Exchange, PLAIN_TYPE } from './exchange.ts';
import { invokeFallback, routerDefault } from './fallback.ts';
import { healthz, healthzOutbound } from './health.ts';
import type { ApiRequest, ApiResponse, HttpApi, HttpApiOptions } from './options.ts';
import { type Match, Router } from './router.ts';
import { INVOKE, isRouteAllowed, ROUTES } from './routes.ts';
import { ERROR_CODE_HEADER, readSecrets } from './secrets.ts';
import { decodedPath, parseTarget, type Target } from './target.ts';
import { createTokenCheck } from './token.ts';
import { startSpan } from './tracing.ts';

// Of HTTP/2.
const PROTOCOL_ERROR = 1;
const DEFAULT_MAX_BODY_SIZE = 4 * 1024 * 1024;

/** The secrets API over HTTP as a request handler. */
export function createHttpApi(options: HttpApiOptions): HttpApi {
  const isPublic = options.public === true;
  const access = options.access ?? { allowed: [], denied: [] };
  const routes = ROUTES.filter((route) => isRouteAllowed(route, access))
    .filter((route) => !isPublic || route.public)
    .filter(({ operation }) => operation !== 'Shutdown' || options.shutdown !== undefined);
  const router = new Router(routes);
  const hasFallback = !isPublic && isRouteAllowed(INVOKE, access);
  const cors = isPublic ? undefined : createCors(options.allowedOrigins ?? '');
  const checkToken = isPublic ? undefined : createTokenCheck(options.token);
  const trustedHosts = options.trustedHosts ?? [];
  const guarded = !isPublic && checkToken === undefined && options.runtime.dialect.http.hostGuard && trustedHosts !== 'any';
  const guard = guarded ? createBrowserGuard(trustedHosts, cors) : undefined;
  const apiLogging = !isPublic && options.apiLogging?.enabled === true ? options.apiLogging : undefined;
  const settings: ApiSettings = {
    runtime: options.runtime,
    runtimeVersion: options.runtimeVersion ?? 'edge',
    app: options.app ?? {},
    isWaitingForApp: options.isWaitingForApp ?? (() => false),
    shutdown: options.shutdown ?? (() => undefined),
    maxBodySize: isPublic ? Infinity : (options.maxBodySize ?? DEFAULT_MAX_BODY_SIZE) || Infinity,
    apiLogging,
    observer: options.observer,
    tracing: options.tracing,
  };
  let controlApp: Promise<ControlApp> | undefined;

  function handle(request: ApiRequest, response: ApiResponse, next?: () => void): void {
    const method = request.method ?? 'GET';
    const url = request.url ?? '/';
    const target = parseTarget(method === 'CONNECT' && !url.startsWith('/') ? '/' : url);
    if (target === undefined) {
      if (next === undefined) refuse(request, response);
      else next();
      return;
    }
    const match = router.match(method, target.path);
    if (next !== undefined && match.route === undefined) next();
    else if (target.path === '*' && method === 'OPTIONS') response.writeHead(200, { 'Content-Length': 0 }).end();
    else answer(request, response, method, target, match);
  }

  /** The order is the reference's: tracing, CORS, token, log, route. */
  function answer(request: ApiRequest, response: ApiResponse, method: string, target: Target, match: Match): void {
    const { route } = match;
    const parameters = match.route === undefined ? [] : match.parameters;
    const operation = route?.operation ?? (hasFallback ? INVOKE.operation : '');
    const exchange = new Exchange(settings, request, response, method, target, route, parameters, operation);
    if (settings.tracing !== undefined && !traced(exchange, settings.tracing)) return;
    if (cors !== undefined) {
      const { origin } = request.headers;
      const wanted = request.headers['access-control-request-method'];
      if (method === 'OPTIONS' && wanted !== undefined && wanted !== '') {
        exchange.headers = cors.preflight(origin, wanted, request.headers['access-control-request-headers']);
        exchange.empty(200);
        return;
      }
      exchange.headers = cors.headers(method, origin);
    }
    if (checkToken !== undefined && !checkToken(request) && !isExempt(method, target)) {
      exchange.rejection = 'token';
      exchange.plain(401, 'invalid api token');
      return;
    }
    const foreign = guard?.(request, target.authority);
    if (foreign !== undefined && !isExempt(method, target)) {
      refuseForeign(exchange, foreign);
      return;
    }
    exchange.logged = apiLogging !== undefined;
    if (match.route === undefined) {
      if (hasFallback) invokeFallback(exchange);
      else routerDefault(exchange, match.allow);
      return;
    }
    switch (operation) {
      case 'GetSecret':
      case 'GetBulkSecret':
        readSecrets(exchange, operation).catch((cause: unknown) => defect(exchange, cause));
        return;
      case 'Healthz':
        healthz(exchange);
        return;
      case 'HealthzOutbound':
        healthzOutbound(exchange);
        return;
      default:
        // Express takes longer to load than everything else together; who only reads secrets never needs it.
        controlApp ??= import('./control/control-app.ts').then((module) => module.createControlApp());
        controlApp
          .then((control) => control(exchange, (cause) => defect(exchange, cause)))
          .catch((cause: unknown) => defect(exchange, cause));
    }
  }

  /** Nothing of the failure goes on the wire or into the log but its kind: its text may hold what a store answered. */
  function defect(exchange: Exchange, cause: unknown): void {
    const kind = cause instanceof Error ? cause.name : typeof cause;
    options.logger?.error(`${exchange.operation} failed by a defect of Coffer or of a driver: ${kind}`);
    exchange.error(500, 'ERROR', 'internal error');
  }

  return { handle };
}

/** Whether the request goes on: its baggage is valid. */
function traced(exchange: Exchange, tracing: Tracing): boolean {
  const span = startSpan(tracing, exchange);
  if (span?.problem === undefined) {
    exchange.span = span;
    return true;
  }
  exchange.observed = false;
  exchange.plain(400, span.problem);
  return false;
}

/** Probes need no token, and tell nothing that a stranger could use. */
function isExempt(method: string, target: Target): boolean {
  if (method !== 'GET') return false;
  const path = decodedPath(target).replace(/^\/+|\/+$/g, '');
  return path === 'v1.0/healthz' || path === 'v1.0/healthz/outbound';
}

/** What HTTP itself cannot accept is refused before any rule of ours is asked. */
function refuse(request: ApiRequest, response: ApiResponse): void {
  request.resume();
  if ('stream' in response) {
    response.stream.close(PROTOCOL_ERROR);
    return;
  }
  const text = '400 Bad Request';
  response.shouldKeepAlive = false;
  response.writeHead(400, { 'Content-Type': PLAIN_TYPE, 'Content-Length': text.length }).end(text);
}

function refuseForeign(exchange: Exchange, foreign: string): void {
  exchange.rejection = 'foreign';
  exchange.addHeader(ERROR_CODE_HEADER, 'permission_denied');
  const hint = 'set DAPR_API_TOKEN, or name the host with --trusted-hosts or the origin with --allowed-origins';
  exchange.error(403, 'COFFER_FOREIGN_REQUEST', `requests from ${foreign} are refused while there is no API token: ${hint}`);
}
