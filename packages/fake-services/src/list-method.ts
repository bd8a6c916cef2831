import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/** What Node's parser knows, of the same kind and never used by a driver. */
const STAND_IN = 'SEARCH';

/** The method as the client sent it. */
export function methodOf(parsed: string | undefined = ''): string {
  return parsed === STAND_IN ? 'LIST' : parsed;
}

/**
 * A connection whose requests may have the method LIST: a message that begins with it is passed on with the stand-in. A client
 * that sends its next request before it has the answer is not supported.
 */
export function readList(socket: Socket): Duplex {
  // Else a delayed acknowledgement adds 40 ms to every call.
  socket.setNoDelay(true);
  const stream = new Duplex({
    read: () => socket.resume(),
    write: (chunk, _, done) => void socket.write(chunk, done),
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => {
    const isList = chunk.toString('latin1', 0, 5) === 'LIST ';
    if (!stream.push(isList ? Buffer.concat([Buffer.from(STAND_IN), chunk.subarray(4)]) : chunk)) socket.pause();
  });
  socket.once('end', () => stream.push(null));
  for (const event of ['error', 'close']) socket.once(event, () => stream.destroy());
  return Object.assign(stream, {
    // Node resets plain connections only.
    resetAndDestroy: () => (socket instanceof TLSSocket ? socket.destroy() : socket.resetAndDestroy()),
    getPeerCertificate: () => (socket instanceof TLSSocket ? socket.getPeerCertificate() : undefined),
  });
}
