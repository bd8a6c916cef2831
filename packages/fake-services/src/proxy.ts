import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Answer, FakeOptions, FakeService, SeenRequest } from './fake-service.ts';
import { startFakeService } from './fake-service.ts';
import type { Fault } from './faults.ts';

/** A service that is somewhere else. */
export interface ProxyTarget {
  /** Without a slash at its end. */
  readonly url: string;
  /** PEM texts of the authorities to trust; those of Node by default. */
  readonly ca?: string;
  /** Requests whose answers are handed on as they come, such as watches: they have no end to wait for. */
  readonly streams?: (request: SeenRequest) => boolean;
  /** Answers to calls that an emulator does not know, as the service itself would give them; undefined hands the call on. */
  readonly instead?: (request: SeenRequest) => Answer | undefined;
}

/**
 * Hands every call on to another service, which can so be watched and broken: all that is answered without a fault is its own.
 * Connections to it last for one call.
 */
export function startProxy(target: ProxyTarget, options: FakeOptions = {}): Promise<FakeService> {
  return startFakeService(async (request) => {
    const instead = target.instead?.(request);
    if (instead !== undefined) return instead;
    const isStream = target.streams?.(request) === true;
    return isStream ? streamed(target, request) : await answerOf(target, request);
  }, options);
}

async function answerOf(target: ProxyTarget, request: SeenRequest): Promise<Answer> {
  const answer = await send(target, request);
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: answer.statusCode ?? 0, headers: endToEnd(answer.headers), body: Buffer.concat(chunks) };
}

function streamed(target: ProxyTarget, request: SeenRequest): Fault {
  return async (response) => {
    const answer = await send(target, request);
    response.once('close', () => answer.destroy());
    // Cut on either side: the client sees where it ends.
    answer.on('error', () => response.destroy());
    response.writeHead(answer.statusCode ?? 0, endToEnd(answer.headers));
    response.flushHeaders();
    answer.pipe(response);
  };
}

async function send({ url, ca }: ProxyTarget, { method, path, search, headers, body }: SeenRequest): Promise<IncomingMessage> {
  const { 'accept-encoding': _, ...kept } = endToEnd(headers);
  const length = body.length === 0 ? {} : { 'content-length': String(body.length) };
  const client = url.startsWith('https:') ? https : http;
  const sent = client.request(`${url}${path}${search}`, {
    method,
    headers: { ...kept, ...length },
    agent: false,
    ...(ca === undefined ? {} : { ca }),
  });
  const [answer] = await once(sent.end(body), 'response');
  return answer as IncomingMessage;
}

const OF_ONE_HOP = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade']);

function endToEnd(headers: IncomingHttpHeaders): Record<string, string> {
  const kept = Object.entries(headers).filter(([name, value]) => typeof value === 'string' && !OF_ONE_HOP.has(name));
  return Object.fromEntries(kept as [string, string][]);
}
