import { constants, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SecretStore } from '../../src/gen/dapr/proto/components/v1/secretstore_pb.js';
import { ComponentConnection } from '../../src/pluggable/host/component-connection.ts';
import { frameMessage } from '../../src/server/wire.ts';
import { temporaryFolder } from './support.ts';

const { ping } = SecretStore.method;

function answer(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(frameMessage(new Uint8Array()));
}

/** A connection to a server that does with each call, from the first on, what `accept` says. */
async function connectionTo(
  accept: (stream: ServerHttp2Stream, at: number) => void,
  prepare: () => Promise<void> = async () => undefined,
): Promise<{ connection: ComponentConnection; sessions: () => number; server: Http2Server }> {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  let calls = 0;
  let sessions = 0;
  const server = createServer();
  server.on('session', () => sessions++);
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    accept(stream, calls++);
  });
  await new Promise<void>((resolve) => server.listen(folder.socket('a.sock'), resolve));
  const connection = new ComponentConnection({ socket: folder.socket('a.sock'), instance: 'x', onAbort: 'cancel', prepare });
  onTestFinished(() => {
    connection.close();
    server.close();
  });
  return { connection, server, sessions: () => sessions };
}

describe('ComponentConnection', () => {
  it('is opened and prepared once for all calls that wait for it', async () => {
    let prepared = 0;
    const { connection, sessions } = await connectionTo(answer, async () => {
      prepared++;
    });
    await Promise.all(Array.from({ length: 100 }, () => connection.call(ping, {})));
    expect([sessions(), prepared]).toEqual([1, 1]);
  });

  it('makes a call again that the peer has not seen, once', async () => {
    const refuse = (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM);
    const once = await connectionTo((stream, at) => (at === 0 ? refuse(stream) : answer(stream)));
    await once.connection.call(ping, {});
    let seen = 0;
    const always = await connectionTo((stream) => {
      seen++;
      refuse(stream);
    });
    await expect(always.connection.call(ping, {})).rejects.toThrow('error code: REFUSED_STREAM');
    expect(seen).toBe(2);
  });

  it('does not make a call again that the peer may have seen', async () => {
    let seen = 0;
    const { connection } = await connectionTo((stream) => {
      seen++;
      stream.session?.destroy();
    });
    await expect(connection.call(ping, {})).rejects.toThrow('code = Unavailable desc = error reading from server: EOF');
    expect(seen).toBe(1);
  });

  it('lets each caller give up while it is being opened', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { connection } = await connectionTo(answer, () => released);
    const stop = new AbortController();
    const [first, second] = [connection.call(ping, {}, stop.signal), connection.call(ping, {})];
    stop.abort();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    release();
    await second;
  });

  it('can be closed while it is being opened', async () => {
    const { connection } = await connectionTo(answer, () => new Promise(() => undefined));
    const call = connection.call(ping, {});
    connection.close();
    await expect(call).rejects.toThrow('rpc error: code = Canceled desc = ');
    await expect(connection.call(ping, {})).rejects.toThrow('the client connection is closing');
  });
});
