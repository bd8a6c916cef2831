import { constants, createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callUnary } from '../src/client/call-unary.ts';
import { connectUnix } from '../src/client/connect-unix.ts';
import { frameMessage } from '../src/server/wire.ts';
import { temporaryFolder } from './pluggable/support.ts';

type Answer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** Makes one call to a server that answers as it is told, however odd. */
async function callTo(answer: Answer, options: { signal?: AbortSignal; maxMessageSize?: number } = {}): Promise<string> {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const path = folder.socket('a.sock');
  const server = createServer();
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    answer(stream, headers);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const session = await connectUnix({ path, timeout: 5000 });
  onTestFinished(() => {
    session.destroy();
    server.close();
  });
  const { maxMessageSize = 1000, signal } = options;
  const message = await callUnary(session, '/acme.Echo/Say', Buffer.from('hi'), {
    maxMessageSize,
    signal,
    metadata: { 'x-a': 'b' },
  });
  return message.toString();
}

const HEAD = { ':status': 200, 'content-type': 'application/grpc' };
/** Answers with these bytes, then these trailers. */
const withTrailers =
  (bytes: readonly Buffer[], trailers: Record<string, string>): Answer =>
  (stream) => {
    stream.respond(HEAD, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    for (const part of bytes) stream.write(part);
    stream.end();
  };
const OK = { 'grpc-status': '0' };
const failure = (call: Promise<string>): Promise<string> =>
  call.then(
    (text) => `it answered ${text}`,
    (cause: Error) => cause.message,
  );

describe('callUnary', () => {
  it('sends a call as gRPC has it, and takes the answer in pieces of any size', async () => {
    const answer: Answer = (stream, headers) => {
      const { ':method': method, ':path': path, 'content-type': type, te, 'x-a': a } = headers;
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const text = JSON.stringify({ method, path, type, te, a, message: Buffer.concat(chunks).toString('latin1') });
        const bytes = [...frameMessage(Buffer.from(text))].map((byte) => Buffer.from([byte]));
        withTrailers(bytes, OK)(stream, headers);
      });
    };
    expect(JSON.parse(await callTo(answer))).toEqual({
      ...{ method: 'POST', path: '/acme.Echo/Say', type: 'application/grpc', te: 'trailers', a: 'b' },
      message: '\0\0\0\0\x02hi',
    });
  });

  it.each<[string, Answer, string]>([
    [
      'a status with the head',
      (stream) => stream.respond({ ...HEAD, 'grpc-status': '5', 'grpc-message': 'gr%C3%BC%C3%9F%0A100 %' }, { endStream: true }),
      'rpc error: code = NotFound desc = grüß\n100 %',
    ],
    [
      'a status after a message',
      withTrailers([frameMessage(Buffer.from('x'))], { 'grpc-status': '8' }),
      'ResourceExhausted desc = ',
    ],
    ['a status that is no number', withTrailers([], { 'grpc-status': 'fine' }), 'code = Unknown'],
    ['OK without a message', withTrailers([], OK), 'code = Internal desc = unexpected EOF'],
    [
      'half a message',
      withTrailers([frameMessage(Buffer.from('abc')).subarray(0, 6)], OK),
      'code = Internal desc = unexpected EOF',
    ],
    ['a compressed message', withTrailers([Buffer.from([1, 0, 0, 0, 0])], OK), 'grpc: compressed flag set with identity'],
    [
      'a message over the limit',
      withTrailers([frameMessage(Buffer.alloc(1001))], OK),
      'code = ResourceExhausted desc = grpc: received message larger than max (1001 vs. 1000)',
    ],
    [
      'no trailers',
      (stream) => {
        stream.respond(HEAD);
        stream.end(frameMessage(Buffer.from('x')));
      },
      'code = Internal desc = server closed the stream without sending trailers',
    ],
    [
      'HTTP status 503',
      (stream) => {
        stream.respond({ ':status': 503 });
        stream.end('busy');
      },
      'code = Unavailable desc = unexpected HTTP status code received from server: 503 (Service Unavailable)',
    ],
    ['HTTP status 404', (stream) => stream.respond({ ':status': 404 }, { endStream: true }), 'code = Unimplemented'],
    ['HTTP status 418', (stream) => stream.respond({ ':status': 418 }, { endStream: true }), 'code = Unknown'],
    [
      'a page',
      (stream) => {
        stream.respond({ ':status': 200, 'content-type': 'text/html' });
        stream.end('<html>');
      },
      'code = Unknown desc = transport: received unexpected content-type "text/html"',
    ],
    [
      'a cancelled stream',
      (stream) => stream.close(constants.NGHTTP2_CANCEL),
      'code = Canceled desc = stream terminated by RST_STREAM with error code: CANCEL',
    ],
    [
      'a refused stream',
      (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM),
      'code = Unavailable desc = stream terminated',
    ],
    ['a broken stream', (stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR), 'code = Internal desc = stream terminated'],
    ['a connection that ends', (stream) => stream.session?.destroy(), 'code = Unavailable desc = error reading from server: EOF'],
  ])('tells of %s', async (_, answer, expected) => {
    expect(await failure(callTo(answer))).toContain(expected);
  });

  it('is over as soon as its signal aborts, and tells the server', async () => {
    const stop = new AbortController();
    const cancelled = new Promise<number | undefined>((resolve) => {
      const call = callTo(
        (stream) => {
          stream.on('close', () => resolve(stream.rstCode));
          stop.abort();
        },
        { signal: stop.signal },
      );
      call.catch((cause) => expect(cause).toMatchObject({ name: 'AbortError' }));
    });
    expect(await cancelled).toBe(constants.NGHTTP2_CANCEL);
    await expect(callTo(() => undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });
});
