import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { get } from './raw-client.ts';
import { serve } from './serve.ts';

const K1 = '/v1.0/secrets/memory/k1';

function session(url: string): ClientHttp2Session {
  const client = connect(url);
  client.on('error', () => undefined);
  onTestFinished(() => client.destroy());
  return client;
}

function ask(client: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const stream = client.request(headers, { endStream: body === undefined });
    let status = 0;
    let text = '';
    stream.on('response', (answer) => {
      status = Number(answer[':status']);
    });
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    stream.on('end', () => resolve([status, text])).on('error', reject);
    if (body !== undefined) stream.end(body);
  });
}

describe('HTTP/2 with prior knowledge', () => {
  test('secrets, control routes and failures on one session', async () => {
    const { url, runtime } = await serve();
    const client = session(url);
    expect(await ask(client, { ':path': K1 })).toEqual([200, '{"k1":"v1"}\n']);
    expect(await ask(client, { ':path': K1 }, '{}')).toEqual([200, '{"k1":"v1"}\n']);
    expect((await ask(client, { ':path': K1 }, 'x'))[1]).toContain('ERR_MALFORMED_REQUEST');
    expect((await ask(client, { ':path': K1, ':method': 'HEAD' }))[0]).toBe(404);
    expect((await ask(client, { ':path': '/v1.0/healthz' }))[0]).toBe(204);
    expect((await ask(client, { ':path': '/v1.0/metadata/a', ':method': 'PUT' }, 'b'))[0]).toBe(204);
    expect(runtime.extendedMetadata.get('a')).toBe('b');
    expect(JSON.parse((await ask(client, { ':path': '/v1.0/metadata' }))[1])).toMatchObject({ id: 'app1', extended: { a: 'b' } });
    expect((await ask(client, { ':path': K1, ':authority': 'evil.example' }))[0]).toBe(403);
  });

  test('a bad escape and an oversized header end their stream only', async () => {
    const { url } = await serve();
    await expect(ask(session(url), { ':path': '/%zz' })).rejects.toThrow('PROTOCOL_ERROR');
    await expect(ask(session(url), { ':path': K1, 'x-a': 'a'.repeat(7000) })).rejects.toThrow('ENHANCE_YOUR_CALM');
    expect((await ask(session(url), { ':path': K1, 'x-a': 'a'.repeat(4000) }))[0]).toBe(200);
  });

  test('is refused where it is turned off', async () => {
    const { url } = await serve({ h2c: false });
    await expect(ask(session(url), { ':path': K1 })).rejects.toThrow(/./);
  });

  test('a preface that comes in pieces', async () => {
    const { connect: open } = await serve();
    const client = await open();
    for (const byte of 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.send(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    expect((await client.take(9))[3]).toBe(4); // a SETTINGS frame
  });

  test('closing lets streams finish', async () => {
    const { url, runtime, listener } = await serve();
    const client = session(url);
    const slow = ask(client, { ':path': '/v1.0/secrets/memory/slow' });
    await expect.poll(() => runtime.reads.length).toBe(1);
    const closed = listener.close(10_000);
    runtime.release();
    expect(await slow).toEqual([200, '{"slow":"late"}\n']);
    await closed;
  });
});

describe('HTTP/2 by upgrade', () => {
  const upgrade = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAoAAAAAIAAAAA' };
  const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]);

  test('the request becomes the first stream', async () => {
    const { connect: open } = await serve();
    const client = await open();
    client.send(get(K1, { ...upgrade, 'X-A': 'a'.repeat(300) }));
    expect(await client.answer()).toMatchObject({ status: 101, headers: { upgrade: 'h2c' } });
    client.send(preface);
    let data = '';
    const types: number[] = [];
    for (let last = false; !last; ) {
      const frame = await client.take(9);
      const payload = await client.take(frame.readUIntBE(0, 3));
      types.push(frame[3] as number);
      if (frame[3] === 0) data += payload.toString('utf8');
      if (frame[3] === 1) expect([frame.readUInt32BE(5), payload[0]]).toEqual([1, 0x88]); // stream 1, :status 200
      last = frame[3] !== 4 && ((frame[4] as number) & 1) === 1;
    }
    expect(data).toBe('{"k1":"v1"}\n');
    expect(types).toContain(1);
  });

  test('something else in place of the preface ends the connection', async () => {
    const { connect: open } = await serve();
    const client = await open();
    await client.send(get(K1, upgrade)).answer();
    await client.send(get(K1)).closed();
  });

  test('other upgrades, and one with a body, are served as HTTP/1.1', async () => {
    const { connect: open } = await serve();
    const websocket = await open();
    expect((await websocket.send(get(K1, { Connection: 'Upgrade', Upgrade: 'websocket' })).answer()).status).toBe(200);
    const body = await open();
    expect((await body.send(`${get(K1, { ...upgrade, 'Content-Length': '2' })}{}`).answer()).status).toBe(200);
  });
});
