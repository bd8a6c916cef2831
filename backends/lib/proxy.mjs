import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

// No header with a credential is reported.
const REPORTED = /^(accept|accept-encoding|user-agent|content-type|x-amz-target|x-vault-(namespace|index|request)|amz-sdk-.*)$/;
const OF_ONE_HOP = /^(:.*|connection|keep-alive|transfer-encoding|upgrade|host|http2-settings)$/;

/**
 * A reverse proxy on loopback, in TLS if the place behind it is and gave its key. It passes every call on after `delay`
 * milliseconds and reports method, path, status, how many others were in flight, and how long it took. Answers `{ url, close() }`.
 */
export async function startProxy({ url, ca, cert, key }, { delay, report }) {
  const upstream = new URL(url);
  const isSecure = upstream.protocol === 'https:';
  const client = isSecure ? https : http;
  const agent = new client.Agent({ keepAlive: true, ca });
  let inFlight = 0;

  async function pass(request, response) {
    const started = performance.now();
    const method = request.method.replace(/^SEARCH$/, 'LIST');
    const call = { method, path: request.url, http: request.httpVersion, alongside: inFlight++, headers: reported(request) };
    try {
      const body = await bytesOf(request);
      if (delay > 0) await sleep(delay);
      const headers = { ...passedOn(request.headers), host: request.headers.host ?? request.headers[':authority'] };
      if (body.length > 0) headers['content-length'] = body.length;
      const { hostname, port } = upstream;
      const onward = client.request({ hostname, port, method, path: request.url, headers, agent });
      onward.end(body);
      const [answer] = await once(onward, 'response');
      const answered = await bytesOf(answer);
      response.writeHead(answer.statusCode, passedOn(answer.headers)).end(answered);
      report({ ...call, status: answer.statusCode, milliseconds: Math.round(performance.now() - started) });
    } catch (error) {
      response.writeHead(502).end(String(error));
      report({ ...call, status: 502, milliseconds: Math.round(performance.now() - started) });
    } finally {
      inFlight--;
    }
  }

  const plain = http.createServer(pass);
  const server =
    isSecure && key !== undefined
      ? http2.createSecureServer({ cert, key, allowHTTP1: true }, pass)
      : net.createServer((socket) => plain.emit('connection', admitList(socket)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  server.unref();
  const close = () => {
    server.close();
    agent.destroy();
  };
  return { url: `${isSecure ? 'https' : 'http'}://127.0.0.1:${server.address().port}`, close };
}

/** Node's server refuses Vault's method LIST, so it is read as SEARCH. */
function admitList(socket) {
  socket.setNoDelay(true); // else a delayed acknowledgement adds 40 ms to every call
  const stream = new Duplex({
    read: () => socket.resume(),
    write: (chunk, _, done) => void socket.write(chunk, done),
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => {
    const isList = chunk.subarray(0, 5).toString('latin1') === 'LIST ';
    if (!stream.push(isList ? Buffer.concat([Buffer.from('SEARCH'), chunk.subarray(4)]) : chunk)) socket.pause();
  });
  socket.on('end', () => stream.push(null));
  for (const end of ['error', 'close']) socket.on(end, () => stream.destroy());
  return stream;
}

async function bytesOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function passedOn(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_ONE_HOP.test(name)));
}

function reported({ headers }) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => REPORTED.test(name)));
}
