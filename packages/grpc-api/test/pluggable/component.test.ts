import { existsSync, statSync, writeFileSync } from 'node:fs';
import type { ClientHttp2Session } from 'node:http2';
import { createServer } from 'node:net';
import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { cofferDialect } from '@coffer/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callMessage, type MethodOf } from '../../src/client/call-message.ts';
import { connectUnix } from '../../src/client/connect-unix.ts';
import { SecretStore } from '../../src/gen/dapr/proto/components/v1/secretstore_pb.js';
import { serveComponent } from '../../src/pluggable/index.ts';
import { type Folder, keptLog, leaveStaleSocket, temporaryFolder } from './support.ts';
import { type TestDriver, testDriver } from './test-driver.ts';

const { init, features, get, bulkGet, ping } = SecretStore.method;
const REQUIRED = { token: 'canary', url: 'u' };

/** A driver that is served, and a host's connection to it. */
async function served(folder: Folder, driver: TestDriver) {
  const log = keptLog();
  const socket = folder.socket('test.sock');
  const server = await serveComponent({
    definition: driver.definition,
    socket,
    dialect: cofferDialect,
    loggerFor: log.loggerFor,
  });
  onTestFinished(() => server.close(0));
  const session: ClientHttp2Session = await connectUnix({ path: socket, timeout: 5000 });
  onTestFinished(() => session.destroy());
  const call = <Input extends DescMessage, Output extends DescMessage>(
    method: MethodOf<Input, Output>,
    request: MessageInitShape<Input>,
    { instance = 'one', signal }: { instance?: string; signal?: AbortSignal } = {},
  ): Promise<MessageShape<Output>> =>
    callMessage(session, method, request, { metadata: { 'x-component-instance': instance }, maxMessageSize: 2 ** 23, signal });
  const setUp = (properties: Record<string, string> = {}, instance = 'one') =>
    call(init, { metadata: { properties: { ...REQUIRED, ...properties } } }, { instance });
  return { server, socket, call, setUp, lines: log.lines };
}

describe('serveComponent', () => {
  it('serves the driver: one secret, all of them, its features', async () => {
    using folder = temporaryFolder();
    const { call, setUp } = await served(folder, testDriver({ a: '1', ['__proto__']: '2', 'ü/b': '3' }));
    await setUp({ prefix: 'p-' });
    expect((await call(get, { key: 'a' })).data).toEqual({ a: 'p-1' });
    expect((await call(get, { key: 'none' })).data).toEqual({});
    const { data } = await call(bulkGet, {});
    expect(Object.entries(data).map(([name, { secrets }]) => [name, Object.entries(secrets)])).toEqual([
      ['a', [['a', 'p-1']]],
      ['__proto__', [['__proto__', 'p-2']]],
      ['ü/b', [['ü/b', 'p-3']]],
    ]);
    // Those between core and the driver are nothing to a host.
    expect((await call(features, {})).features).toEqual(['MULTIPLE_KEY_VALUES_PER_SECRET']);
  });

  it('keeps the stores of several components apart', async () => {
    using folder = temporaryFolder();
    const { call, setUp } = await served(folder, testDriver({ a: '1' }));
    await setUp({ prefix: 'x' }, 'one');
    await setUp({ prefix: 'y' }, 'two');
    expect((await call(get, { key: 'a' }, { instance: 'one' })).data).toEqual({ a: 'x1' });
    expect((await call(get, { key: 'a' }, { instance: 'two' })).data).toEqual({ a: 'y1' });
    await expect(call(get, { key: 'a' }, { instance: 'three' })).rejects.toThrow(
      'rpc error: code = FailedPrecondition desc = component "three" is not initialised: call Init first',
    );
  });

  it('tells with InvalidArgument which settings are wrong, and what to do', async () => {
    using folder = temporaryFolder();
    const { call, lines } = await served(folder, testDriver());
    await expect(call(init, { metadata: { properties: { retries: 'canary', prefex: 'x', colour: 'red' } } })).rejects.toThrow(
      'rpc error: code = InvalidArgument desc = setting token is required: Any text.; setting url: no address: Where.; setting retries is not a number: Ignored.; setting prefex is not known: did you mean prefix?',
    );
    expect(lines).toEqual(['warning setting colour is not known and is ignored']);
  });

  it('answers each of a driver’s codes with its status and the driver’s words', async () => {
    using folder = temporaryFolder();
    const { call, setUp, lines } = await served(folder, testDriver());
    await setUp();
    const statuses = {
      not_found: 'NotFound',
      permission_denied: 'PermissionDenied',
      unauthenticated: 'Unauthenticated',
      invalid_argument: 'InvalidArgument',
      failed_precondition: 'FailedPrecondition',
      unavailable: 'Unavailable',
      deadline_exceeded: 'DeadlineExceeded',
      canceled: 'Canceled',
      resource_exhausted: 'ResourceExhausted',
      unimplemented: 'Unimplemented',
      internal: 'Internal',
      unknown: 'Unknown',
    };
    for (const [code, name] of Object.entries(statuses)) {
      const text = `rpc error: code = ${name} desc = no, ünd "so"`;
      await expect(call(get, { key: `fail-${code}` })).rejects.toThrow(text);
    }
    await expect(call(ping, {})).rejects.toThrow('code = Unimplemented desc = ping is not implemented by this secret store');
    expect(lines).toEqual([]);
  });

  it('says which secret is no text', async () => {
    using folder = temporaryFolder();
    const { call, setUp } = await served(folder, testDriver({ ok: '1', bad: 'a\udcff' }));
    await setUp();
    const text = 'rpc error: code = Internal desc = secret "bad" is not UTF-8 text: gRPC can\'t carry it';
    await expect(call(get, { key: 'bad' })).rejects.toThrow(text);
    await expect(call(bulkGet, {})).rejects.toThrow(text);
    expect((await call(get, { key: 'ok' })).data).toEqual({ ok: '1' });
  });

  it('takes big values, and says when they are too big', async () => {
    using folder = temporaryFolder();
    const { call, setUp } = await served(folder, testDriver({ big: 'x'.repeat(4_000_000), bigger: 'x'.repeat(4_200_000) }));
    await setUp();
    expect((await call(get, { key: 'big' })).data.big).toHaveLength(4_000_000);
    await expect(call(get, { key: 'bigger' })).rejects.toThrow(/code = ResourceExhausted desc = .*message larger than max/);
  });

  it('cancels the driver’s call when the host cancels', async () => {
    using folder = temporaryFolder();
    const driver = testDriver();
    const { call, setUp } = await served(folder, driver);
    await setUp();
    const stop = new AbortController();
    const read = call(get, { key: 'slow' }, { signal: stop.signal });
    await expect.poll(() => driver.events).toContain('get :slow');
    stop.abort();
    await expect(read).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => driver.events).toContain('aborted :slow');
  });
});

describe('Init again', () => {
  it('replaces the store when the new one is up; the old one is closed after its last read', async () => {
    using folder = temporaryFolder();
    const driver = testDriver({ a: '1', slow: 'late' });
    const { call, setUp } = await served(folder, driver);
    await setUp({ prefix: 'old' });
    const read = call(get, { key: 'slow' });
    await expect.poll(() => driver.events).toContain('get old:slow');
    await setUp({ prefix: 'new' });
    expect((await call(get, { key: 'a' })).data).toEqual({ a: 'new1' });
    expect(driver.events).not.toContain('close old');
    driver.release();
    expect((await read).data).toEqual({ slow: 'oldlate' });
    await expect.poll(() => driver.events).toContain('close old');
    expect(driver.events).not.toContain('close new');
  });

  it('that fails leaves the old store as it is', async () => {
    using folder = temporaryFolder();
    const driver = testDriver({ a: '1' });
    const { call, setUp } = await served(folder, driver);
    await setUp({ prefix: 'old' });
    await expect(setUp({ prefix: 'refused' })).rejects.toThrow('code = Unauthenticated desc = the token is not accepted');
    const stop = new AbortController();
    const hanging = call(init, { metadata: { properties: { ...REQUIRED, prefix: 'hanging' } } }, { signal: stop.signal });
    await expect.poll(() => driver.events).toContain('init hanging');
    stop.abort();
    await expect(hanging).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => driver.events).toContain('close hanging');
    expect(driver.events).toContain('close refused');
    expect((await call(get, { key: 'a' })).data).toEqual({ a: 'old1' });
  });
});

describe('the end', () => {
  it('waits for running reads, closes the stores and removes the socket', async () => {
    using folder = temporaryFolder();
    const driver = testDriver({ slow: 'late' });
    const { call, setUp, server, socket } = await served(folder, driver);
    await setUp();
    const read = call(get, { key: 'slow' });
    await expect.poll(() => driver.events).toContain('get :slow');
    const closed = server.close(10_000);
    driver.release();
    expect((await read).data).toEqual({ slow: 'late' });
    await closed;
    expect(driver.events.at(-1)).toBe('close ');
    expect(existsSync(socket)).toBe(false);
  });

  it('cancels reads that take too long', async () => {
    using folder = temporaryFolder();
    const driver = testDriver();
    const { call, setUp, server } = await served(folder, driver);
    await setUp();
    const read = call(get, { key: 'slow' }).catch((cause: Error) => cause.message);
    await expect.poll(() => driver.events).toContain('get :slow');
    await server.close(50);
    expect(await read).toContain('code = Unavailable');
    expect(driver.events).toContain('aborted :slow');
    expect(driver.events.at(-1)).toBe('close ');
  });
});

describe('the socket', () => {
  const serve = (socket: string, socketMode?: number) =>
    serveComponent({ definition: testDriver().definition, socket, socketMode, dialect: cofferDialect, ...keptLog() });

  it('is for its owner only unless it is asked otherwise', async () => {
    using folder = temporaryFolder();
    const umask = process.umask();
    const first = await serve(folder.socket('sub/a.sock'));
    const second = await serve(folder.socket('sub/b.sock'), 0o660);
    expect(statSync(folder.socket('sub/a.sock')).mode & 0o777).toBe(0o600);
    expect(statSync(folder.socket('sub/b.sock')).mode & 0o777).toBe(0o660);
    expect(statSync(folder.socket('sub')).mode & 0o777).toBe(0o700);
    expect(process.umask()).toBe(umask);
    await Promise.all([first.close(0), second.close(0)]);
  });

  it('takes the place of one that a dead process left', async () => {
    using folder = temporaryFolder();
    const path = folder.socket('a.sock');
    leaveStaleSocket(path);
    const server = await serve(path);
    await server.close(0);
  });

  it('is not taken from a process that lives, nor put over a file', async () => {
    using folder = temporaryFolder();
    const path = folder.socket('a.sock');
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(path, resolve));
    await expect(serve(path)).rejects.toThrow(`can't listen on ${path}: another process does: stop it, or choose another path`);
    expect(existsSync(path)).toBe(true);
    other.close();
    writeFileSync(folder.socket('file'), 'precious');
    await expect(serve(folder.socket('file'))).rejects.toThrow('there is a file that is no socket');
    await expect(serve(`${folder.socket('file')}/a.sock`)).rejects.toThrow("can't make the folder");
  });

  it('needs a path that fits', async () => {
    using folder = temporaryFolder();
    const path = folder.socket('x'.repeat(100));
    const bytes = Buffer.byteLength(path);
    await expect(serve(path)).rejects.toThrow(new RegExp(`bytes, and this one has ${bytes}: use a shorter folder$`));
    await expect(connectUnix({ path, timeout: 1000 })).rejects.toThrow(`and this one has ${bytes}: use a shorter folder`);
  });
});
