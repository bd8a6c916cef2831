import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttp1 } from 'node:http';
import { createServer, type Server } from 'node:net';
import { type Coffer, ReadFailure, strictDialect } from '@coffer/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { discoverComponents } from '../../src/pluggable/index.ts';
import { startFake } from './fake-component.ts';
import { componentFile, keptLog, leaveStaleSocket, startHost, temporaryFolder } from './support.ts';

const failureOf = (read: Promise<unknown>): Promise<ReadFailure> =>
  read.then(
    (value) => expect.fail(`it answered ${JSON.stringify(value)}`),
    (cause) => {
      expect(cause).toBeInstanceOf(ReadFailure);
      return cause;
    },
  );
const get = (coffer: Coffer, name: string, signal?: AbortSignal) => coffer.get({ store: 'fake', name, metadata: {}, signal });

/** A server that accepts connections and does what `accepted` says with them. */
async function listenRaw(path: string, server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
}

describe('discovery', () => {
  it('finds nothing, and logs nothing, where there is no folder', async () => {
    const { lines, loggerFor } = keptLog();
    for (const folder of ['/nope/nowhere', '']) {
      expect((await discoverComponents({ folder, dialect: strictDialect, loggerFor })).definitions).toEqual([]);
    }
    expect(lines).toEqual([]);
  });

  it('names types after the files, whatever their case, and tells what is no socket', async () => {
    using folder = temporaryFolder();
    const names = ['my-store.sock', 'a.b.sock', 'UPPER.sock', 'plain'];
    for (const name of names) onTestFinished((await startFake(folder.socket(name))).kill);
    writeFileSync(folder.socket('file.sock'), 'no socket');
    symlinkSync(folder.socket('plain'), folder.socket('link.sock'));
    mkdirSync(folder.socket('sub'));
    const { lines, loggerFor } = keptLog();
    const { definitions } = await discoverComponents({ folder: folder.path, dialect: strictDialect, loggerFor });
    expect(definitions.map(({ type }) => type)).toEqual([
      'secretstores.upper',
      'secretstores.a.b',
      'secretstores.my-store',
      'secretstores.plain',
    ]);
    const registered = (name: string) =>
      `info pluggable component '${name}' was successfully registered for 'dapr.proto.components.v1.SecretStore'`;
    expect(lines).toEqual([
      `warning could not use socket for file ${folder.socket('file.sock')}`,
      `warning could not use socket for file ${folder.socket('link.sock')}`,
      registered('UPPER'),
      registered('a.b'),
      registered('my-store'),
      registered('plain'),
    ]);
  });

  it('leaves other building blocks alone', async () => {
    using folder = temporaryFolder();
    const services = ['grpc.reflection.v1alpha.ServerReflection', 'dapr.proto.components.v1.StateStore', 'acme.Other'];
    await using _fake = await startFake(folder.socket('redis.sock'), { services });
    const { lines, loggerFor } = keptLog();
    const { definitions } = await discoverComponents({ folder: folder.path, dialect: strictDialect, loggerFor });
    expect(definitions).toEqual([]);
    expect(lines).toEqual([
      "info pluggable component 'redis' is not used for 'dapr.proto.components.v1.StateStore': Coffer serves secret stores",
    ]);
  });

  describe('with a broken socket among them', () => {
    const LIMIT = 500;
    const broken: readonly [string, RegExp, (path: string) => Promise<void>][] = [
      ['nobody listens on', /dial unix \S+bad\.sock: connect: connection refused/, async (path) => leaveStaleSocket(path)],
      ['accepts and says nothing', /no answer from \S+ within 500 ms/, (path) => listenRaw(path, createServer())],
      [
        'hangs up',
        /error reading server preface: EOF/,
        (path) =>
          listenRaw(
            path,
            createServer((socket) => socket.destroy()),
          ),
      ],
      ['speaks HTTP/1.1', /error reading server preface: /, (path) => listenRaw(path, createHttp1() as unknown as Server)],
      [
        'has no reflection',
        /code = Unimplemented/,
        async (path) => void onTestFinished((await startFake(path, { reflection: [] })).kill),
      ],
    ];

    it.each(broken)('one that %s is left out, and the others are found', async (_, reason, make) => {
      using folder = temporaryFolder();
      await using _good = await startFake(folder.socket('good.sock'));
      await make(folder.socket('bad.sock'));
      const { lines, loggerFor } = keptLog();
      const { cofferDialect: dialect } = await import('@coffer/core');
      const { definitions } = await discoverComponents({ folder: folder.path, dialect, loggerFor, timeout: LIMIT });
      expect(definitions.map(({ type }) => type)).toEqual(['secretstores.good']);
      expect(lines.filter((line) => line.startsWith('warning'))).toEqual([
        expect.stringMatching(/^warning could not use socket \S+bad\.sock as a pluggable component: rpc error: code = /),
      ]);
      expect(lines[0]).toMatch(reason);
    });

    it.each(broken)('under the strict dialect one that %s ends discovery', async (_, reason, make) => {
      using folder = temporaryFolder();
      await using _good = await startFake(folder.socket('good.sock'));
      await make(folder.socket('bad.sock'));
      const { lines, loggerFor } = keptLog();
      const { definitions } = await discoverComponents({
        folder: folder.path,
        dialect: strictDialect,
        loggerFor,
        timeout: LIMIT,
      });
      expect(definitions).toEqual([]);
      expect(lines).toEqual([
        expect.stringMatching(/^error could not initialize pluggable components unable to list services: /),
      ]);
      expect(lines[0]).toMatch(reason);
    });

    it('waits for all of them at once', async () => {
      using folder = temporaryFolder();
      for (let at = 0; at < 10; at++) await listenRaw(folder.socket(`silent-${at}.sock`), createServer());
      const { lines, loggerFor } = keptLog();
      const start = performance.now();
      await discoverComponents({ folder: folder.path, dialect: strictDialect, loggerFor, timeout: 1000 });
      expect(performance.now() - start).toBeLessThan(8000);
      expect(lines).toHaveLength(1);
    });

    it('gives up when it is told to', async () => {
      using folder = temporaryFolder();
      await listenRaw(folder.socket('silent.sock'), createServer());
      const stop = new AbortController();
      const found = discoverComponents({ folder: folder.path, dialect: strictDialect, ...keptLog(), signal: stop.signal });
      stop.abort();
      await expect(found).rejects.toMatchObject({ name: 'AbortError' });
    });
  });

  it('asks by reflection v1 when there is no v1alpha', async () => {
    using folder = temporaryFolder();
    await using _fake = await startFake(folder.socket('fake.sock'), { reflection: ['v1'] });
    await using host = await startHost(folder);
    expect((await get(host.coffer, 'x')).data).toEqual({ x: 'value of x' });
  });
});

describe('a store', () => {
  it('is initialised with all its properties as text, and reports the component’s features', async () => {
    using folder = temporaryFolder();
    await using fake = await startFake(folder.socket('fake.sock'), {
      features: ['MULTIPLE_KEY_VALUES_PER_SECRET', 'LIST', 'OTHER'],
    });
    const settings = { url: 'u', URL: 'v', __proto__x: '', 'odd name': '{appID}' };
    await using host = await startHost(folder, {
      components: { 'f.yaml': componentFile('my fake', 'secretstores.FAKE', settings) },
    });
    expect(fake.inits).toEqual([{ url: 'u', URL: 'v', __proto__x: '', 'odd name': 'app1' }]);
    expect(fake.calls).toEqual(['Init my fake', 'Features my fake']);
    expect(host.coffer.components()).toMatchObject([
      { name: 'my fake', capabilities: ['MULTIPLE_KEY_VALUES_PER_SECRET', 'LIST', 'OTHER'] },
    ]);
    await host.coffer.ping('my fake');
    expect(fake.calls.at(-1)).toBe('Ping my fake');
  });

  it('18-28: hands request metadata on', async () => {
    using folder = temporaryFolder();
    await using fake = await startFake(folder.socket('fake.sock'));
    await using host = await startHost(folder);
    const metadata = { version_id: '7', '': 'c', ['__proto__']: 'p' };
    await host.coffer.get({ store: 'fake', name: 'x', metadata });
    expect(Object.entries(fake.requestMetadata[0] ?? {})).toEqual(Object.entries(metadata));
  });

  it('18-44 18-111: takes an empty answer for none', async () => {
    using folder = temporaryFolder();
    const answers = { empty: {}, bulk: { bulk: { one: { a: '1' }, two: {} } } };
    await using _fake = await startFake(folder.socket('fake.sock'), { answers });
    await using host = await startHost(folder);
    expect(await get(host.coffer, 'empty')).toEqual({ data: null });
    expect(await host.coffer.bulkGet({ store: 'fake', metadata: {} })).toEqual({ data: { one: { a: '1' }, two: {} } });
  });

  it('18-45: takes an empty bulk for an empty table', async () => {
    using folder = temporaryFolder();
    await using _fake = await startFake(folder.socket('fake.sock'));
    await using host = await startHost(folder);
    expect(await host.coffer.bulkGet({ store: 'fake', metadata: {} })).toEqual({ data: {} });
  });

  it('18-46: shows the status of a failure in Go’s words, with a code of Coffer’s', async () => {
    using folder = temporaryFolder();
    const statuses: readonly [number, string, string][] = [
      [1, 'Canceled', 'unavailable'],
      [2, 'Unknown', 'unknown'],
      [3, 'InvalidArgument', 'invalid_argument'],
      [4, 'DeadlineExceeded', 'deadline_exceeded'],
      [5, 'NotFound', 'not_found'],
      [6, 'AlreadyExists', 'unknown'],
      [7, 'PermissionDenied', 'permission_denied'],
      [8, 'ResourceExhausted', 'resource_exhausted'],
      [9, 'FailedPrecondition', 'failed_precondition'],
      [10, 'Aborted', 'unknown'],
      [11, 'OutOfRange', 'invalid_argument'],
      [12, 'Unimplemented', 'unimplemented'],
      [13, 'Internal', 'internal'],
      [14, 'Unavailable', 'unavailable'],
      [15, 'DataLoss', 'internal'],
      [16, 'Unauthenticated', 'unauthenticated'],
      [77, 'Code(77)', 'unknown'],
    ];
    const answers = Object.fromEntries(statuses.map(([code]) => [`k${code}`, { code, message: 'nope, ünd "so"' }]));
    await using _fake = await startFake(folder.socket('fake.sock'), { answers: { ...answers, bulk: { code: 7, message: '' } } });
    await using host = await startHost(folder);
    for (const [code, name, own] of statuses) {
      const failure = await failureOf(get(host.coffer, `k${code}`));
      const text = `rpc error: code = ${name} desc = nope, ünd "so"`;
      expect(failure.message).toBe(`failed getting secret with key k${code} from secret store fake: ${text}`);
      expect(failure.code).toBe(own);
    }
    const bulk = await failureOf(host.coffer.bulkGet({ store: 'fake', metadata: {} }));
    expect(bulk.message).toBe('failed getting secrets from secret store fake: rpc error: code = PermissionDenied desc = ');
  });

  it('refuses what a message can’t carry', async () => {
    using folder = temporaryFolder();
    await using fake = await startFake(folder.socket('fake.sock'));
    await using host = await startHost(folder);
    const text = 'rpc error: code = Internal desc = grpc: error while marshaling: string field contains invalid UTF-8';
    expect((await failureOf(get(host.coffer, '\udcff'))).message).toContain(text);
    expect((await failureOf(host.coffer.get({ store: 'fake', name: 'x', metadata: { a: '\udcff' } }))).code).toBe(
      'invalid_argument',
    );
    expect(fake.calls.filter((call) => call.startsWith('Get'))).toEqual([]);
    const components = { 'f.yaml': componentFile('fäke', 'secretstores.fake') };
    await expect(startHost(folder, { components })).rejects.toThrow('contains value with non-printable ASCII characters');
  });

  it('takes big values, and none beyond four MiB', async () => {
    using folder = temporaryFolder();
    const answers = { big: { data: { big: 'x'.repeat(4_000_000) } }, bigger: { data: { bigger: 'x'.repeat(4_200_000) } } };
    await using _fake = await startFake(folder.socket('fake.sock'), { answers });
    await using host = await startHost(folder);
    expect((await get(host.coffer, 'big')).data?.big).toHaveLength(4_000_000);
    const failure = await failureOf(get(host.coffer, 'bigger'));
    expect(failure.message).toMatch(
      /rpc error: code = ResourceExhausted desc = grpc: received message larger than max \(42000\d\d vs\. 4194304\)$/,
    );
    expect(failure.code).toBe('resource_exhausted');
    expect((await get(host.coffer, 'x')).data).toEqual({ x: 'value of x' });
  });

  it('fails the start with the status of Init', async () => {
    using folder = temporaryFolder();
    await using _fake = await startFake(folder.socket('fake.sock'), { init: () => ({ code: 13, message: 'no thanks' }) });
    await expect(startHost(folder)).rejects.toThrow(
      '[INIT_COMPONENT_FAILURE]: initialization error occurred for fake (secretstores.fake/v1): rpc error: code = Internal desc = no thanks',
    );
  });
});

describe('cancellation', () => {
  it('reaches the component', async () => {
    using folder = temporaryFolder();
    await using fake = await startFake(folder.socket('fake.sock'), { answers: { slow: { silent: true } } });
    await using host = await startHost(folder);
    const stop = new AbortController();
    const read = failureOf(get(host.coffer, 'slow', stop.signal));
    await expect.poll(() => fake.calls).toContain('Get fake');
    stop.abort();
    expect(await read).toMatchObject({ code: 'canceled', message: expect.stringMatching(/: context canceled$/) });
    await expect.poll(() => fake.cancelled).toEqual(['slow']);
    const late = await failureOf(get(host.coffer, 'slow', AbortSignal.timeout(100)));
    expect(late).toMatchObject({ code: 'deadline_exceeded', message: expect.stringMatching(/: context deadline exceeded$/) });
    await expect.poll(() => fake.cancelled).toEqual(['slow', 'slow']);
  });

  it('does not under the strict dialect, and is answered all the same', async () => {
    using folder = temporaryFolder();
    await using fake = await startFake(folder.socket('fake.sock'), { answers: { slow: { silent: true } } });
    await using host = await startHost(folder, { dialect: strictDialect });
    const late = await failureOf(get(host.coffer, 'slow', AbortSignal.timeout(100)));
    expect(late.code).toBe('deadline_exceeded');
    // A cancellation would be there before a later call is.
    await get(host.coffer, 'x');
    expect(fake.cancelled).toEqual([]);
  });

  it('ends an init that outlives its time, which the strict dialect waits for', async () => {
    using folder = temporaryFolder();
    const init = async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      return {};
    };
    await using fake = await startFake(folder.socket('fake.sock'), { init });
    const components = {
      'f.yaml': componentFile('fake', 'secretstores.fake', {}, '  initTimeout: 50ms\n  ignoreErrors: true\n'),
    };
    await using host = await startHost(folder, { components });
    expect(host.coffer.components()).toEqual([]);
    await using strict = await startHost(folder, { components, dialect: strictDialect });
    expect((await get(strict.coffer, 'x')).data).toEqual({ x: 'value of x' });
    expect(fake.calls.filter((call) => call.startsWith('Init'))).toHaveLength(2);
  });

  it('is what reads get when the connections are ended', async () => {
    using folder = temporaryFolder();
    await using fake = await startFake(folder.socket('fake.sock'), { answers: { slow: { silent: true } } });
    await using host = await startHost(folder, { dialect: strictDialect });
    const read = failureOf(get(host.coffer, 'slow'));
    await expect.poll(() => fake.calls).toContain('Get fake');
    host.pluggable.cancelReads();
    expect((await read).message).toMatch(/: rpc error: code = Canceled desc = context canceled$/);
    expect((await failureOf(get(host.coffer, 'x'))).message).toMatch(
      /: rpc error: code = Canceled desc = grpc: the client connection is closing$/,
    );
  });
});

describe('a component that ends', () => {
  it('fails running and later reads, and is initialised again when it is back', async () => {
    using folder = temporaryFolder();
    const socket = folder.socket('fake.sock');
    const first = await startFake(socket, { answers: { slow: { silent: true } } });
    const components = { 'f.yaml': componentFile('fake', 'secretstores.fake', { token: 'canary' }) };
    await using host = await startHost(folder, { components });
    const running = failureOf(get(host.coffer, 'slow'));
    await expect.poll(() => first.calls).toContain('Get fake');
    first.kill();
    expect(await running).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/code = Unavailable desc = /) });

    rmSync(socket, { force: true });
    const gone = await failureOf(get(host.coffer, 'x'));
    expect(gone.message).toMatch(
      /: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix \S+fake\.sock: connect: no such file or directory"$/,
    );
    expect(gone).toMatchObject({ code: 'unavailable', hint: `start the component: it has to listen on ${socket}` });

    await using second = await startFake(socket);
    const answers = await Promise.all(['a', 'b', 'c'].map((name) => get(host.coffer, name)));
    expect(answers.map(({ data }) => data)).toEqual([{ a: 'value of a' }, { b: 'value of b' }, { c: 'value of c' }]);
    expect(second.inits).toEqual([{ token: 'canary' }]);
    expect(second.calls[0]).toBe('Init fake');
    expect(host.lines).toContain(`info fake: the component on ${socket} was started anew, and is initialised again`);
    expect(host.lines.join()).not.toContain('canary');
  });

  it('is asked without Init under the strict dialect', async () => {
    using folder = temporaryFolder();
    const socket = folder.socket('fake.sock');
    const first = await startFake(socket);
    await using host = await startHost(folder, { dialect: strictDialect });
    first.kill();
    rmSync(socket, { force: true });
    await using second = await startFake(socket);
    await expect.poll(() => get(host.coffer, 'x').then(({ data }) => data?.x, String)).toBe('value of x');
    expect(second.calls).not.toContain('Init fake');
  });

  it('may refuse to be initialised again: reads say so until it does not', async () => {
    using folder = temporaryFolder();
    const socket = folder.socket('fake.sock');
    const first = await startFake(socket);
    await using host = await startHost(folder);
    first.kill();
    rmSync(socket, { force: true });
    let refuses = true;
    await using _second = await startFake(socket, { init: () => (refuses ? { code: 14, message: 'not yet' } : {}) });
    await expect
      .poll(async () => (await failureOf(get(host.coffer, 'x'))).message)
      .toContain('code = Unavailable desc = not yet');
    refuses = false;
    expect((await get(host.coffer, 'x')).data).toEqual({ x: 'value of x' });
  });

  it('may say goodbye: what runs is finished, what comes goes to the next one', async () => {
    using folder = temporaryFolder();
    const socket = folder.socket('fake.sock');
    const first = await startFake(socket);
    await using host = await startHost(folder);
    await get(host.coffer, 'x');
    await first.leave();
    rmSync(socket, { force: true });
    await using second = await startFake(socket);
    expect((await get(host.coffer, 'y')).data).toEqual({ y: 'value of y' });
    expect(second.calls).toEqual(['Init fake', 'Get fake']);
  });
});
