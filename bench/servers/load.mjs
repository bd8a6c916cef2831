// The load generator, a process of its own: keep-alive connections over raw sockets, one request in flight on each.
// Every answer must be a 200 of the same length as the first. Started with an IPC channel; takes { port, request,
// connections, settle, seconds } (the last two in seconds) and sends 'begin', 'end' and then the result.
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const OK = Buffer.from('HTTP/1.1 200 ');
const [{ port, request, connections, settle, seconds }] = await once(process, 'message');
const bytes = Buffer.from(request);
const latencies = new Float64Array(8_000_000);
let count = 0;
let measuring = false;
let done = false;

const sockets = Array.from({ length: connections }, () => net.connect({ host: '127.0.0.1', port, noDelay: true }));
await Promise.all(sockets.map((socket) => once(socket, 'connect')));
for (const socket of sockets) drive(socket);
await sleep(settle * 1000);
process.send('begin');
measuring = true;
const start = performance.now();
await sleep(seconds * 1000);
measuring = false;
const elapsed = (performance.now() - start) / 1000;
process.send('end');
done = true;
for (const socket of sockets) socket.destroy();

const sorted = latencies.subarray(0, count).sort();
process.send({ requests: count, elapsed, p50: sorted[Math.floor(count * 0.5)], p99: sorted[Math.floor(count * 0.99)] });
process.disconnect();

function drive(socket) {
  let length = 0;
  let received = 0;
  let first = Buffer.alloc(0);
  let sentAt = performance.now();
  const send = () => {
    sentAt = performance.now();
    socket.write(bytes);
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
    if (measuring) latencies[count++] = performance.now() - sentAt;
    send();
  });
  for (const event of ['error', 'close']) {
    socket.on(event, (error) => {
      if (!done) throw new Error(`the server ended a connection: ${error?.message ?? event}`);
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
