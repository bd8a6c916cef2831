// HTTP over raw sockets, the cheapest client there is: kept connections, one request in flight on each. Every answer must be
// a 200 of the same length as the first.
import { once } from 'node:events';
import net from 'node:net';

const OK = Buffer.from('HTTP/1.1 200 ');

/** Whether a server answers 204 on healthz. */
export function ready({ port }) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.once('connect', () => socket.write('GET /v1.0/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'));
    socket.once('data', (chunk) => {
      resolve(chunk.toString('latin1').startsWith('HTTP/1.1 204'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

/** Keeps so many requests in flight and reports the milliseconds of each answered one; answers the function that ends it. */
export async function drive({ port, token, inFlight, answered }) {
  const request = `GET /v1.0/secrets/example/greeting HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\ndapr-api-token: ${token}\r\n\r\n`;
  const load = { bytes: Buffer.from(request), answered, ended: false };
  const sockets = Array.from({ length: inFlight }, () => net.connect({ host: '127.0.0.1', port, noDelay: true }));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const socket of sockets) repeat(socket, load);
  return () => {
    load.ended = true;
    for (const socket of sockets) socket.destroy();
  };
}

function repeat(socket, load) {
  let length = 0;
  let received = 0;
  let first = Buffer.alloc(0);
  let sentAt = 0;
  const send = () => {
    sentAt = performance.now();
    socket.write(load.bytes);
  };
  socket.on('data', (chunk) => {
    if (length === 0) {
      first = Buffer.concat([first, chunk]);
      length = answerLength(first);
      received = first.length;
    } else {
      if (received === 0) requireOk(chunk);
      received += chunk.length;
    }
    if (length === 0 || received < length) return;
    if (received > length) throw new Error(`an answer of ${received} bytes where the first had ${length}`);
    received = 0;
    load.answered(performance.now() - sentAt);
    send();
  });
  for (const event of ['error', 'close']) {
    socket.on(event, (error) => {
      if (!load.ended) throw new Error(`the server ended a connection: ${error?.message ?? event}`);
    });
  }
  send();
}

/** The bytes of the whole answer, or 0 while it can't be told. */
function answerLength(buffer) {
  const head = buffer.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  requireOk(buffer);
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(buffer.subarray(0, head).toString('latin1')) ?? [];
  if (length !== undefined) return head + 4 + Number(length);
  const end = buffer.indexOf('0\r\n\r\n', head + 4); // chunked
  return end < 0 ? 0 : end + 5;
}

function requireOk(buffer) {
  if (buffer.length < OK.length || !buffer.subarray(0, OK.length).equals(OK)) {
    throw new Error(`not a 200: ${buffer.subarray(0, 200).toString('latin1')}`);
  }
}
