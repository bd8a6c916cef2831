import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { ApiRequest } from './options.ts';

/** Signals of HTTP/1.1 connections: the requests of one come one after another and share it. */
const signals = new WeakMap<Socket, AbortSignal>();

/**
 * Aborts when the client of a request is gone: it has ended or closed its connection, or over HTTP/2 closed the stream. A
 * client that only stops sending counts as gone, as it does for the reference.
 */
export function goneSignal(request: ApiRequest): AbortSignal {
  if ('stream' in request) return abortOn(request.stream, 'close');
  const { socket } = request;
  const known = signals.get(socket);
  if (known !== undefined) return known;
  const signal = abortOn(socket, 'end', 'close');
  signals.set(socket, signal);
  return signal;
}

function abortOn(emitter: EventEmitter, ...events: string[]): AbortSignal {
  const controller = new AbortController();
  for (const event of events) emitter.once(event, () => controller.abort());
  return controller.signal;
}
