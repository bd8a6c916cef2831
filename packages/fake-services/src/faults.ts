import type { ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Answer } from './fake-service.ts';

/** What happens in place of the regular answer, or to it. */
export type Fault = (response: ServerResponse, regular: () => Promise<Answer | Fault>) => void | Promise<void>;

/** Another answer. An object becomes JSON. */
export function answer(status: number, headers: Readonly<Record<string, string>> = {}, body: string | object = ''): Fault {
  return (response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const type = typeof body === 'string' ? {} : { 'content-type': 'application/json' };
    response.writeHead(status, { ...type, ...headers }).end(text);
  };
}

/** A status 200 of which only a part arrives before the connection ends. */
export function cutOff(part = '{"data":{"da'): Fault {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(part.length + 1000) });
    response.write(part, () => response.socket?.destroy());
  };
}

/** A status 200 whose body comes byte by byte, so many milliseconds apart, until the client goes away. */
export function slowBytes(milliseconds: number): Fault {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), milliseconds);
    response.once('close', () => clearInterval(timer));
  };
}

/** No answer at all. */
export function hang(): Fault {
  return () => undefined;
}

/** The connection ends before any answer. */
export function reset(): Fault {
  return ({ socket }) => {
    // Node resets plain connections only.
    if (socket instanceof TLSSocket) socket.destroy();
    else socket?.resetAndDestroy();
  };
}

/** A status 200 that says JSON and is none. */
export function malformed(body = '{"data": <html>'): Fault {
  return answer(200, { 'content-type': 'application/json' }, body);
}

/**
 * The regular answer, with its values, of which the last long text has lost the quotation mark before it: parsers quote what
 * stands around the place where they fail.
 */
export function spoilt(): Fault {
  return async (response, regular) => {
    const whole = await regular();
    if (typeof whole === 'function') return whole(response, regular);
    const { status, headers, body = '' } = whole;
    const text = Buffer.isBuffer(body) || typeof body === 'string' ? body.toString() : JSON.stringify(body);
    const wrong = text.replace(LAST_LONG_TEXT, '$1');
    return answer(
      status,
      { 'content-type': 'application/json', ...headers },
      wrong === text ? `<${text}` : wrong,
    )(response, regular);
  };
}

const LAST_LONG_TEXT = /"([^"\\]{32,}"(?!.*"[^"\\]{32,}"))/s;

/** A status 200 whose body has so many bytes, sent as fast as the client takes them. */
export function huge(bytes: number): Fault {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const piece = Buffer.alloc(2 ** 20, ' ');
    for (let sent = 0; sent < bytes && !response.destroyed; sent += piece.length) {
      if (!response.write(piece)) await roomIn(response);
    }
    response.end('"');
  };
}

export function redirect(location: string, status = 307): Fault {
  return answer(status, { location });
}

/** When the client has taken what was written, or has gone away. */
function roomIn(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
