import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serveMethods, streaming, unary } from './support/engine.ts';
import { Flag, FrameType, RawHttp2 } from './support/raw-http2.ts';

const echo = unary((request) => request);

const POST = {
  ':method': 'POST',
  ':path': '/test.Echo/Echo',
  ':scheme': 'http',
  ':authority': 'localhost',
  'content-type': 'application/grpc',
};

function framed(text: string, flag = 0): Buffer {
  const frame = Buffer.from(`_____${text}`);
  frame[0] = flag;
  frame.writeUInt32BE(text.length, 1);
  return frame;
}

function session(port: number): ClientHttp2Session {
  const client = connect(`http://127.0.0.1:${port}`);
  client.on('error', () => undefined);
  onTestFinished(() => client.destroy());
  return client;
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request over node:http2, with the given pieces as its body. */
async function ask(client: ClientHttp2Session, headers: OutgoingHttpHeaders, ...pieces: Buffer[]): Promise<Answer> {
  const stream = client.request(headers, { endStream: pieces.length === 0 });
  let [responseHeaders, trailers]: [IncomingHttpHeaders, IncomingHttpHeaders] = [{}, {}];
  const body: Buffer[] = [];
  stream.on('response', (received) => (responseHeaders = received));
  stream.on('trailers', (received) => (trailers = received));
  stream.on('data', (chunk: Buffer) => body.push(chunk)).on('error', () => undefined);
  const closed = new Promise((resolve) => stream.once('close', resolve));
  for (const [at, piece] of pieces.entries()) {
    stream.write(piece);
    if (at < pieces.length - 1) await sleep(5);
  }
  stream.end();
  await closed;
  return { headers: responseHeaders, trailers, body: Buffer.concat(body) };
}

describe('what is a call', () => {
  test.each([
    [{ 'content-type': 'application/json' }, 415, '3', 'invalid gRPC request content-type "application/json"'],
    [{ 'content-type': 'application/grpcweb' }, 415, '3', 'invalid gRPC request content-type "application/grpcweb"'],
    [{ 'content-type': undefined }, 415, '3', 'invalid gRPC request content-type ""'],
    [{ ':method': 'GET' }, 405, '13', 'Received a HEADERS frame with :method "GET" which should be POST'],
    [{ 'grpc-timeout': '5' }, 400, '13', 'malformed grpc-timeout: "5"'],
    [{ 'grpc-timeout': '123456789S' }, 400, '13', 'malformed grpc-timeout: "123456789S"'],
    [{ 'grpc-timeout': '-1S' }, 400, '13', 'malformed grpc-timeout: "-1S"'],
    [{ ':path': '/Echo' }, 200, '12', 'malformed method name: "/Echo"'],
    [{ ':path': '/a/b/c' }, 200, '12', 'unknown method c for service a/b'],
  ])('%j is refused with %i and status %s', async (change, status, code, message) => {
    const { port } = await serveMethods({ Echo: echo });
    const client = session(port);
    const headers = Object.fromEntries(Object.entries({ ...POST, ...change }).filter(([, value]) => value !== undefined));
    const answer = await ask(client, headers);
    expect([answer.headers[':status'], answer.headers['grpc-status'], answer.headers['grpc-message']]).toEqual([
      status,
      code,
      message,
    ]);
    // The connection goes on, also after a body that nobody read.
    expect((await ask(client, headers, framed('x'.repeat(100_000)))).headers['grpc-status']).toBe(code);
    expect((await ask(client, POST, framed('hello'))).trailers['grpc-status']).toBe('0');
  });

  test.each(['application/grpc+proto', 'application/grpc; charset=utf-8'])('%s is one', async (type) => {
    const { port } = await serveMethods({ Echo: echo });
    const answer = await ask(session(port), { ...POST, 'content-type': type }, framed('hello'));
    expect(answer.body).toEqual(framed('hello'));
    expect(answer.headers['content-type']).toBe(type.split(';')[0]);
    expect(answer.headers.date).toBeUndefined();
  });
});

describe('messages', () => {
  test('may come in any pieces', async () => {
    const { port } = await serveMethods({ Echo: echo });
    const bytes = framed('hello');
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect((await ask(session(port), POST, ...pieces)).body).toEqual(bytes);
    expect((await ask(session(port), POST, bytes.subarray(0, 5), bytes.subarray(5))).body).toEqual(bytes);
  });

  const none = 'cardinality violation: received no request message from non-client-streaming RPC';
  const many = 'cardinality violation: received multiple request messages for non-client-streaming RPC';
  test.each<[string, Buffer[], string, string]>([
    ['none', [], '13', none],
    ['an empty body', [Buffer.alloc(0)], '13', none],
    ['half a prefix', [Buffer.from([0, 0])], '13', 'unexpected EOF'],
    ['half a message', [framed('hello').subarray(0, 7)], '13', 'unexpected EOF'],
    ['two at once', [Buffer.concat([framed('a'), framed('b')])], '13', many],
    ['an unknown flag', [framed('a', 2)], '13', 'grpc: received unexpected payload format 2'],
    ['compression that nobody announced', [framed('a', 1)], '13', 'grpc: compressed flag set with identity or empty encoding'],
    [
      'a length beyond all limits',
      [Buffer.from([0, 255, 255, 255, 255])],
      '8',
      'grpc: received message larger than max (4294967295 vs. 4194304)',
    ],
  ])('%s', async (_, pieces, code, message) => {
    const { port } = await serveMethods({ Echo: echo });
    const client = session(port);
    const answer = await ask(client, POST, ...pieces);
    expect([answer.headers['grpc-status'], answer.headers['grpc-message']]).toEqual([code, message]);
    expect((await ask(client, POST, framed('on'))).body).toEqual(framed('on'));
  });

  test('with an encoding that is not known are Unimplemented, with broken gzip Internal', async () => {
    const { port } = await serveMethods({ Echo: echo });
    const ofEncoding = (encoding: string) => ask(session(port), { ...POST, 'grpc-encoding': encoding }, framed('a', 1));
    expect((await ofEncoding('br')).headers).toMatchObject({
      'grpc-status': '12',
      'grpc-message': 'grpc: Decompressor is not installed for grpc-encoding "br"',
    });
    const { headers } = await ofEncoding('gzip');
    expect([headers['grpc-status'], headers['grpc-message']]).toEqual(['13', expect.stringContaining('failed to decompress')]);
  });

  test('are answered before the client has ended, which is then told to stop', async () => {
    const { port } = await serveMethods({ Echo: echo });
    const client = await RawHttp2.open(port);
    client.headers(1, POST);
    client.send(FrameType.data, 0, 1, framed('hello'));
    const reset = await client.frame(({ type, stream }) => type === FrameType.resetStream && stream === 1);
    expect(reset.payload.readUInt32BE()).toBe(constants.NGHTTP2_NO_ERROR);
    const ended = client.frames.find(({ type, flags }) => type === FrameType.headers && (flags & Flag.endStream) !== 0);
    expect(ended?.stream).toBe(1);
  });
});

describe('deadlines', () => {
  test.each(['1n', '100u', '50m'])('of %s pass', async (timeout) => {
    const reason = Promise.withResolvers<unknown>();
    const { port } = await serveMethods({
      Wait: unary(async (_, { signal }) => {
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        reason.resolve(signal.reason.name);
        return 'late';
      }),
    });
    const { headers } = await ask(session(port), { ...POST, ':path': '/test.Echo/Wait', 'grpc-timeout': timeout }, framed(''));
    expect([headers['grpc-status'], headers['grpc-message']]).toEqual(['4', 'context deadline exceeded']);
    // One that has passed before the message is read does not even begin.
    if (timeout === '50m') expect(await reason.promise).toBe('TimeoutError');
  });

  test('of 99999999H are far away', async () => {
    const { port } = await serveMethods({ Echo: echo });
    const answer = await ask(session(port), { ...POST, 'grpc-timeout': '99999999H' }, framed('a'));
    expect(answer.trailers['grpc-status']).toBe('0');
  });
});

describe('headers', () => {
  test('over the limit fail their call, and no other', async () => {
    const { port } = await serveMethods({ Echo: echo }, { maxHeaderListSize: 4096 });
    const client = session(port);
    await ask(client, POST, framed('a'));
    const answer = await ask(client, { ...POST, big: 'x'.repeat(10_000) }, framed('a'));
    expect(answer.trailers['grpc-status']).toBeUndefined();
    expect((await ask(session(port), POST, framed('a'))).trailers['grpc-status']).toBe('0');
  });
});

describe('keepalive', () => {
  const goawayOf = async (client: RawHttp2, code: number) =>
    client.frame(({ type, payload }) => type === FrameType.goaway && payload.readUInt32BE(4) === code);

  test('a client that pings too often is sent away', async () => {
    const { port } = await serveMethods({ Echo: echo });
    const client = await RawHttp2.open(port);
    for (let count = 0; count < 4; count++) client.send(FrameType.ping, 0, 0, Buffer.alloc(8));
    const goaway = await goawayOf(client, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect(goaway.payload.subarray(8).toString()).toBe('too_many_pings');
    await client.closed;
  });

  test('pings at the allowed rate are answered', async () => {
    const { port } = await serveMethods({ Echo: echo }, { keepalive: { minClientPingInterval: 20 } });
    const client = await RawHttp2.open(port);
    for (let count = 0; count < 6; count++) {
      client.send(FrameType.ping, 0, 0, Buffer.from([0, 0, 0, 0, 0, 0, 0, count]));
      await client.frame(
        ({ type, flags, payload }) => type === FrameType.ping && (flags & Flag.ack) !== 0 && payload[7] === count,
      );
      await sleep(25);
    }
    expect(client.frames.some(({ type }) => type === FrameType.goaway)).toBe(false);
  });

  test('a connection without calls is closed after a while, one with a call is not', async () => {
    const release = Promise.withResolvers<void>();
    const wait = unary(async () => {
      await release.promise;
      return 'done';
    });
    const { port } = await serveMethods({ Wait: wait }, { keepalive: { maxIdle: 60 } });
    const idle = await RawHttp2.open(port);
    const busy = ask(session(port), { ...POST, ':path': '/test.Echo/Wait' }, framed('a'));
    await goawayOf(idle, constants.NGHTTP2_NO_ERROR);
    release.resolve();
    expect((await busy).trailers['grpc-status']).toBe('0');
  });

  test('a silent client is asked whether it is there, and left when it does not answer', async () => {
    const { port } = await serveMethods({ Echo: echo }, { keepalive: { pingAfter: 40, pingTimeout: 60 } });
    // It acknowledges nothing, as a machine does that has lost its network.
    const dead = await RawHttp2.open(port);
    const alive = session(port);
    await dead.frame(({ type, flags }) => type === FrameType.ping && (flags & Flag.ack) === 0);
    await dead.closed;
    expect((await ask(alive, POST, framed('a'))).trailers['grpc-status']).toBe('0');
  });
});

describe('closing', () => {
  test('lets running calls finish, refuses new connections and says so to the clients', async () => {
    const release = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const wait = unary(async () => {
      begun.resolve();
      await release.promise;
      return 'done';
    });
    const { port, server } = await serveMethods({ Wait: wait, Echo: echo });
    const client = session(port);
    const goaway = once(client, 'goaway');
    const idle = await RawHttp2.open(port);
    const call = ask(client, { ...POST, ':path': '/test.Echo/Wait' }, framed('a'));
    await begun.promise;
    let isClosed = false;
    const closed = server.close().then(() => {
      isClosed = true;
    });
    expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR);
    await expect(RawHttp2.open(port)).rejects.toThrow('ECONNREFUSED');
    expect(isClosed).toBe(false);
    await idle.closed;
    release.resolve();
    expect((await call).body).toEqual(framed('done'));
    await closed;
    await server.close();
  });

  test('tells the last call that was taken: later ones can be made again elsewhere', async () => {
    const { port, server } = await serveMethods({ Echo: echo });
    const client = await RawHttp2.open(port);
    client.headers(1, POST);
    client.send(FrameType.data, Flag.endStream, 1, framed('hello'));
    await client.frame(({ type, flags }) => type === FrameType.headers && (flags & Flag.endStream) !== 0);
    const closed = server.close();
    client.headers(3, POST);
    const goaway = await client.frame(({ type }) => type === FrameType.goaway);
    expect([goaway.payload.readUInt32BE(), goaway.payload.readUInt32BE(4)]).toEqual([1, constants.NGHTTP2_NO_ERROR]);
    await closed;
    expect(client.frames.some(({ stream }) => stream === 3)).toBe(false);
  });

  test('cuts off what is left when the time is up', async () => {
    const aborted = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<void>();
    const never = streaming(async function* (_, { signal }) {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      aborted.resolve((signal.reason as Error).name);
      yield '';
    });
    const { port, server } = await serveMethods({ Never: never });
    const call = ask(session(port), { ...POST, ':path': '/test.Echo/Never' }, framed('a'));
    await begun.promise;
    await server.close(50);
    expect(await aborted.promise).toBe('AbortError');
    await call;
  });
});

describe('faults', () => {
  test('thousands of calls that their clients reset leave nothing behind, and others are served', async () => {
    let running = 0;
    const wait = unary(async (_, { signal }) => {
      running++;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      running--;
      return '';
    });
    const { port, connect: connectGrpc } = await serveMethods({ Wait: wait, Echo: echo });
    const other = connectGrpc();
    let served = 0;
    // One connection may not reset without limit: node:http2 ends it, and its client opens another.
    for (let round = 0; round < 30; round++) {
      const client = session(port);
      await once(client, 'connect');
      const streams = Array.from({ length: 100 }, () => {
        const stream = client.request({ ...POST, ':path': '/test.Echo/Wait' }).on('error', () => undefined);
        stream.end(framed('a'));
        return stream;
      });
      const closed = Promise.all(streams.map((stream) => new Promise((resolve) => stream.once('close', resolve))));
      if (round % 2 === 0) await sleep(2);
      for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
      await closed;
      served += (await other.call('Echo', 'a')).code === 0 ? 1 : 0;
      client.close();
    }
    expect(served).toBe(30);
    while (running > 0) await sleep(10);
    expect((await other.call('Echo', 'still here')).response).toBe('still here');
  });

  test('bytes that are no HTTP/2 end their connection only', async () => {
    const { port, connect: connectGrpc } = await serveMethods({ Echo: echo });
    const client = await RawHttp2.open(port);
    client.send(FrameType.data, 0, 99, Buffer.from('data for a stream that nobody opened'));
    await client.closed;
    const broken = await RawHttp2.open(port);
    broken.send(FrameType.headers, Flag.endHeaders, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]));
    await broken.closed;
    expect((await connectGrpc().call('Echo', 'a')).response).toBe('a');
  });
});
