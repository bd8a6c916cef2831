import { chmodSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cofferd, fileStore, startCofferd } from './support/cofferd.ts';
import { answerTo, connect } from './support/raw.ts';

// Bad input and faults from outside, against the built cofferd: each has the specified answer, and the next request is served.
const SECRETS = { 'components/good.yaml': fileStore('good', 'good.json'), 'good.json': '{"k1": "v1"}' };

async function expectServed(cofferd: Cofferd): Promise<void> {
  const response = await cofferd.get('/v1.0/secrets/good/k1');
  expect([response.status, await response.text()]).toEqual([200, '{"k1":"v1"}\n']);
}

describe('resources', () => {
  test('malformed YAML among good documents: a warning names the file, the rest is loaded', async () => {
    const files = { ...SECRETS, 'components/broken.yaml': 'apiVersion: dapr.io/v1alpha1\nkind: [Component\n' };
    await using cofferd = await startCofferd({ files });
    expect(cofferd.log()).toMatch(/level=warn.*broken\.yaml/);
    await expectServed(cofferd);
  });

  test('a store that fails to start is left out under ignoreErrors, and its reads say so', async () => {
    const files = {
      ...SECRETS,
      'components/bad.yaml': `${fileStore('bad', 'bad.json')}  ignoreErrors: true\n`,
      'bad.json': '{"password": "hunter2"',
    };
    await using cofferd = await startCofferd({ files });
    const response = await cofferd.get('/v1.0/secrets/bad/password');
    expect([response.status, await response.json()]).toEqual([
      401,
      { errorCode: 'ERR_SECRET_STORE_NOT_FOUND', message: 'failed finding secret store with key bad' },
    ]);
    expect(cofferd.log()).toContain('bad');
    expect(cofferd.log()).not.toContain('hunter2');
    await expectServed(cofferd);
  });

  test.each([
    { fault: 'is not JSON', content: 'password = hunter2' },
    { fault: 'is not an object', content: '["hunter2"]' },
    { fault: 'is not there', content: undefined },
  ])('a secrets file that $fault ends the start with exit code 1 and quotes no value', async ({ content }) => {
    const files = {
      'components/bad.yaml': fileStore('bad', 'bad.json'),
      ...(content === undefined ? {} : { 'bad.json': content }),
    };
    const failure: unknown = await startCofferd({ files }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    const { message } = failure as Error;
    expect(message).toContain('exit code 1');
    expect(message).toContain('Fatal error from runtime: ');
    expect(message).toContain('[INIT_COMPONENT_FAILURE]');
    expect(message).toContain('bad.json');
    expect(message).not.toContain('hunter2');
  });

  test('a resources directory that is not there ends the start with exit code 1', async () => {
    const failure: unknown = await startCofferd({ args: ['--resources-path=gone'] }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect((failure as Error).message).toContain('exit code 1');
    expect((failure as Error).message).toMatch(/Fatal error from runtime: .*gone: no such file or directory/);
  });

  test('a secrets file that becomes unreadable and vanishes: what was read at the start is served on', async () => {
    await using cofferd = await startCofferd({ files: SECRETS });
    chmodSync(path.join(cofferd.directory, 'good.json'), 0o000);
    await expectServed(cofferd);
    rmSync(path.join(cofferd.directory, 'good.json'));
    await expectServed(cofferd);
  });

  test('a resources directory that vanishes while cofferd runs does not end it', async () => {
    await using cofferd = await startCofferd({ files: SECRETS });
    rmSync(path.join(cofferd.directory, 'components'), { recursive: true });
    expect((await cofferd.get('/v1.0/healthz')).status).toBe(204);
    expect((await cofferd.get('/v1.0/metadata')).status).toBe(200);
  });
});

describe('requests', () => {
  let cofferd: Cofferd;
  beforeAll(async () => {
    cofferd = await startCofferd({ files: SECRETS, args: ['--max-body-size=1Ki'] });
  });
  afterAll(() => cofferd[Symbol.asyncDispose]());

  const get = (target: string, headers = ''): string => `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`;
  const closing = 'Connection: close\r\n';

  test('a key of 7 KiB is a missing secret', async () => {
    const key = 'k'.repeat(7 * 1024);
    const { head, body } = await answerTo(cofferd.port, get(`/v1.0/secrets/good/${key}`, closing));
    expect(head).toMatch(/^HTTP\/1\.1 500 /);
    expect(body).toContain(`secret ${key} not found`);
    await expectServed(cofferd);
  });

  test('a key of 8 KiB makes the header block too large: 431', async () => {
    const { head, body } = await answerTo(cofferd.port, get(`/v1.0/secrets/good/${'k'.repeat(8 * 1024)}`));
    expect(head).toMatch(/^HTTP\/1\.1 431 /);
    expect(head.toLowerCase()).toContain('content-type: text/plain; charset=utf-8');
    expect(head.toLowerCase()).toContain('connection: close');
    expect(body).toBe('431 Request Header Fields Too Large');
    await expectServed(cofferd);
  });

  test.each([
    { what: 'one long header', headers: `X-Long: ${'h'.repeat(9000)}\r\n` },
    { what: 'many headers', headers: Array.from({ length: 1000 }, (_, i) => `X-${i}: value\r\n`).join('') },
  ])('a header block over the limit ($what): 431', async ({ headers }) => {
    const { head, body } = await answerTo(cofferd.port, get('/v1.0/secrets/good/k1', headers));
    expect(head).toMatch(/^HTTP\/1\.1 431 /);
    expect(body).toBe('431 Request Header Fields Too Large');
    await expectServed(cofferd);
  });

  test.each(['/v1.0/secrets/good/%zz', '/v1.0/secrets/good/%2', '/v1.0/secrets/%/k1'])(
    'an invalid escape (%s): 400',
    async (target) => {
      const { head, body } = await answerTo(cofferd.port, get(target));
      expect(head).toMatch(/^HTTP\/1\.1 400 /);
      expect(head.toLowerCase()).toContain('connection: close');
      expect(body).toBe('400 Bad Request');
      await expectServed(cofferd);
    },
  );

  test('bytes that are no HTTP: 400', async () => {
    const { head } = await answerTo(cofferd.port, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    await expectServed(cofferd);
  });

  test.each([
    { what: 'by its length', send: (body: string) => `Content-Length: ${body.length}\r\n\r\n${body}` },
    {
      what: 'chunked',
      send: (body: string) => `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    },
  ])('a body over the limit, $what: 400', async ({ send }) => {
    const body = `{"key":"${'x'.repeat(4096)}"}`;
    const { head, body: answer } = await answerTo(
      cofferd.port,
      `GET /v1.0/secrets/good/k1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${send(body)}`,
    );
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(answer)).toEqual({
      errorCode: 'ERR_BODY_READ',
      message: 'failed to read request body: stream too large',
    });
    await expectServed(cofferd);
  });

  test('a body at the limit is read', async () => {
    const body = `{}${' '.repeat(1022)}`;
    const { head } = await answerTo(cofferd.port, get('/v1.0/secrets/good/k1', `${closing}Content-Length: 1024\r\n`) + body);
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('half a request that stops is cut off after 10 seconds, and others are served meanwhile', {
    timeout: 40_000,
  }, async () => {
    using half = await connect(cofferd.port);
    half.send('GET /v1.0/secrets/good/k1 HTTP/1.1\r\nHost: 127.');
    await expectServed(cofferd);
    const answer = await half.ended();
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*\r\nConnection: close\r\n/is);
    await expectServed(cofferd);
  });

  test('a client that leaves in the middle of its request, its body or its answer', async () => {
    for (const part of [
      'GET /v1.0/sec',
      `GET /v1.0/secrets/good/k1 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\n{"key"`,
      get('/v1.0/secrets/good/k1'),
      get('/v1.0/secrets/good/bulk').repeat(50),
    ]) {
      const connection = await connect(cofferd.port);
      connection.send(part);
      connection.socket.resetAndDestroy();
    }
    await expectServed(cofferd);
    expect(cofferd.child.exitCode).toBeNull();
  });

  test('1,000 connections at once are all answered', async () => {
    const connections = await Promise.all(Array.from({ length: 1000 }, () => connect(cofferd.port)));
    try {
      for (const connection of connections) connection.send(get('/v1.0/secrets/good/k1'));
      const answers = await Promise.all(connections.map((connection) => connection.until('{"k1":"v1"}\n')));
      expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 200 '))).toHaveLength(1000);
      await expectServed(cofferd);
    } finally {
      for (const connection of connections) connection.socket.destroy();
    }
    await expectServed(cofferd);
  });

  test('nothing of this was logged as a failure of the server', () => {
    expect(cofferd.log()).not.toMatch(/level=(error|fatal)|Error:| {4}at /);
  });
});
