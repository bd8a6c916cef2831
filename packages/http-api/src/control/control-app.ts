import express, { type Express, type Response } from 'express';
import type { Exchange } from '../exchange.ts';
import { getMetadata, putMetadata } from './metadata.ts';
import { answerUnconfigured } from './unconfigured.ts';

/*
 * The routes that are asked rarely, as an express app. They were matched on the raw path already; what express routes
 * on is the operation, so that a path is never decoded twice or in two ways.
 */

/** Answers an exchange of a control route. */
export type ControlApp = (exchange: Exchange, failed: (cause: unknown) => void) => void;

export function createControlApp(): ControlApp {
  const app = routes();
  let overHttp2: Express | undefined;
  return (exchange, failed): void => {
    const { request, response } = exchange;
    request.url = `/${exchange.operation}`;
    Object.assign(response, { locals: { exchange } });
    if ('stream' in request) {
      overHttp2 ??= adaptTo(Object.getPrototypeOf(request), Object.getPrototypeOf(response), routes());
      // Express links the two to each other; `req` of an HTTP/2 response cannot be assigned.
      Object.defineProperty(response, 'req', { value: request, writable: true });
      overHttp2(request as never, response as never, failed);
    } else app(request as never, response as never, failed);
  };
}

function routes(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/GetMetadata', (_, response) => getMetadata(exchangeOf(response)));
  app.put('/PutMetadata', (_, response) => putMetadata(exchangeOf(response)));
  app.post('/Shutdown', (_, response) => shutdown(exchangeOf(response)));
  app.use((_, response: Response) => answerUnconfigured(exchangeOf(response)));
  return app;
}

const exchangeOf = (response: Response): Exchange => response.locals.exchange as Exchange;

/**
 * Express gives requests and responses its own prototypes, which know HTTP/1 only. Those of HTTP/2 are taken from the first
 * request that comes that way: importing node:http2 for them would cost everybody 9 MB.
 */
function adaptTo(request: object, response: object, app: Express): Express {
  Object.setPrototypeOf(app.request, request);
  Object.setPrototypeOf(app.response, response);
  return app;
}

/** `POST /v1.0/shutdown`: the process ends after the answer; at once when the header asks for it. */
function shutdown(exchange: Exchange): void {
  const force = exchange.request.headers['dapr-force-shutdown']?.toString().trim().toLowerCase() === 'true';
  exchange.empty(204);
  exchange.settings.shutdown(force ? 'force' : 'graceful');
}
