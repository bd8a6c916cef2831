import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PLAIN_TYPE } from '../exchange.ts';

/** Why a message is refused before there is a request that a handler could answer. */
export interface Refusal {
  readonly status: number;
  /** Added to the body after a colon. */
  readonly detail?: string;
  /** Replaces the body. */
  readonly body?: string;
}

// As long as the client may take to read the answer; closing at once would make its kernel throw the answer away.
const LINGER_MILLISECONDS = 500;

/** Body and type of the answer, in the words of Go's HTTP library. */
export function refusalText({ status, detail, body }: Refusal): { body: string; contentType: string | undefined } {
  const line = `${status} ${STATUS_CODES[status] ?? ''}`;
  const text = body ?? (detail === undefined ? line : `${line}: ${detail}`);
  return { body: text, contentType: text === '' ? undefined : PLAIN_TYPE };
}

/** Answers on the connection itself and ends it. */
export function refuse(socket: Socket, refusal: Refusal): void {
  const { body, contentType } = refusalText(refusal);
  const line = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`;
  const headers = contentType === undefined ? '' : `Content-Type: ${contentType}\r\n`;
  const text = `${line}\r\n${headers}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
  if (socket.writable) socket.write(text);
  endConnection(socket);
}

/** Ends a connection whose client may still be sending. */
export function endConnection(socket: Socket): void {
  socket.end();
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MILLISECONDS).unref();
}

const HOST = /^[A-Za-z0-9!$&'()*+,\-.:;=@[\]_~%]*$/;

/** What is wrong with the Host headers of a message; `undefined` when nothing is. */
export function hostRefusal(hosts: readonly string[], required: boolean): Refusal | undefined {
  if (hosts.length > 1) return { status: 400 };
  const [host] = hosts;
  if (host === undefined) return required ? { status: 400, detail: 'missing required Host header' } : undefined;
  return HOST.test(host) ? undefined : { status: 400, detail: 'malformed Host header' };
}
