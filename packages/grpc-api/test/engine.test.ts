import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { type CallObserver, GrpcError, type ServerCall, StatusCode } from '../src/index.ts';
import { serveMethods, streaming, unary } from './support/engine.ts';

const echo = unary((request) => request);

describe('unary calls', () => {
  test('answer', async () => {
    const { connect } = await serveMethods({ Echo: echo });
    expect(await connect().call('Echo', 'hello')).toMatchObject({ code: 0, response: 'hello' });
    expect(await connect().call('Echo', '')).toMatchObject({ code: 0, response: '' });
  });

  test('a failure that is meant has its code, its text and its details', async () => {
    const text = 'ünï % "quoted"\nline ';
    const fail = unary(() => {
      throw new GrpcError(StatusCode.failedPrecondition, text, Buffer.from('details'));
    });
    const outcome = await (await serveMethods({ Fail: fail })).connect().call('Fail', '');
    expect(outcome).toMatchObject({ code: 9, message: text });
    expect(outcome.trailers.get('grpc-status-details-bin')).toEqual([Buffer.from('details')]);
  });

  test('a defect is told without its text, and reported', async () => {
    const defects: unknown[] = [];
    const fail = unary(async () => {
      throw new TypeError('the value of a secret');
    });
    const { connect } = await serveMethods({ Fail: fail }, { onDefect: (path, cause) => defects.push([path, String(cause)]) });
    expect(await connect().call('Fail', '')).toMatchObject({ code: 2, message: 'internal error' });
    expect(defects).toEqual([['/test.Echo/Fail', 'TypeError: the value of a secret']]);
  });

  test('messages that cannot be decoded or encoded are Internal', async () => {
    const codecs = {
      kind: 'unary' as const,
      handle: (request: unknown) => request,
      decode(bytes: Uint8Array) {
        if (bytes.length === 1) throw new Error('bad request');
        return bytes;
      },
      encode(response: unknown) {
        if ((response as Uint8Array).length === 2) throw new Error('bad response');
        return response as Uint8Array;
      },
    };
    const client = (await serveMethods({ Strict: codecs })).connect();
    expect(await client.call('Strict', '1')).toMatchObject({
      code: 13,
      message: 'grpc: error unmarshalling request: bad request',
    });
    expect(await client.call('Strict', '12')).toMatchObject({ code: 13, message: 'grpc: error while marshaling: bad response' });
  });

  test('unknown methods are Unimplemented', async () => {
    const client = (await serveMethods({ Echo: echo })).connect();
    const message = 'unknown method Nope for service test.Echo';
    expect(await client.call('Nope', '')).toMatchObject({ code: 12, message });
  });

  test('what is served can be replaced: running calls end as they began, on the same connection', async () => {
    let answer: ((text: string) => void) | undefined;
    const promise = new Promise<string>((resolve) => {
      answer = resolve;
    });
    let begun = false;
    const late = unary(() => {
      begun = true;
      return promise;
    });
    const seen: string[] = [];
    const observer = (name: string): CallObserver => ({ finished: (call) => seen.push(`${name} ${call.path}`) });
    const { server, connect } = await serveMethods({ Late: late }, { observers: [observer('old')] });
    const client = connect();
    const running = client.call('Late', '');
    await expect.poll(() => begun).toBe(true);
    server.serve({ lookup: () => echo, observers: [observer('new')], maxMessageSize: 100 });
    expect(await client.call('Echo', 'hello')).toMatchObject({ code: 0, response: 'hello' });
    expect(await client.call('Echo', 'x'.repeat(101))).toMatchObject({ code: 8 });
    answer?.('late');
    expect(await running).toMatchObject({ code: 0, response: 'late' });
    expect(seen).toContain('new /test.Echo/Echo');
    expect(seen.at(-1)).toBe('old /test.Echo/Late');
  });

  test('leave nothing behind while their connection goes on', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const seen: WeakRef<ServerCall>[] = [];
    const observer: CallObserver = { started: (call) => void seen.push(new WeakRef(call)) };
    const client = (await serveMethods({ Echo: echo }, { observers: [observer] })).connect();
    for (let count = 0; count < 20; count++) await client.call('Echo', 'x', { deadline: 60_000 });
    const left = () => seen.filter((call) => call.deref() !== undefined).length;
    for (let attempt = 0; left() > 0 && attempt < 100; attempt++) {
      await sleep(10);
      collect();
    }
    expect([seen.length, left()]).toEqual([20, 0]);
  });

  test('hundreds at once on one connection', async () => {
    const later = unary(async (request) => {
      await sleep(Number(request) % 7);
      return request;
    });
    const client = (await serveMethods({ Later: later })).connect();
    const outcomes = await Promise.all(Array.from({ length: 700 }, (_, at) => client.call('Later', String(at))));
    expect(outcomes.map(({ response }) => response)).toEqual(outcomes.map((_, at) => String(at)));
  });
});

describe('message sizes', () => {
  test('up to the limit both ways, and not one byte more', async () => {
    const repeat = unary((request) => (request.startsWith('x') ? request : 'y'.repeat(Number(request))));
    const client = (await serveMethods({ Repeat: repeat }, { maxMessageSize: 4000 })).connect();
    expect((await client.call('Repeat', 'x'.repeat(4000))).response).toHaveLength(4000);
    expect(await client.call('Repeat', 'x'.repeat(4001))).toMatchObject({
      code: 8,
      message: 'grpc: received message larger than max (4001 vs. 4000)',
    });
    expect((await client.call('Repeat', '4000')).response).toHaveLength(4000);
    expect(await client.call('Repeat', '5011')).toMatchObject({
      code: 8,
      message: 'grpc: trying to send message larger than max (5011 vs. 4000)',
    });
  });

  test('4 MiB by default; the connection goes on after a larger one', async () => {
    const client = (await serveMethods({ Echo: echo })).connect();
    const message = `grpc: received message larger than max (${9 * 2 ** 20} vs. 4194304)`;
    expect(await client.call('Echo', 'x'.repeat(9 * 2 ** 20))).toMatchObject({ code: 8, message });
    expect((await client.call('Echo', 'x'.repeat(2 ** 22))).response).toHaveLength(2 ** 22);
  });

  test('no limit with 0', async () => {
    const client = (await serveMethods({ Echo: echo }, { maxMessageSize: 0 })).connect();
    expect((await client.call('Echo', 'x'.repeat(5 * 2 ** 20))).response).toHaveLength(5 * 2 ** 20);
  });

  test('gzip is read, and a bomb refused', async () => {
    const { connect } = await serveMethods({ Echo: echo });
    const client = connect({ 'grpc.default_compression_algorithm': 2 });
    const text = randomBytes(2000).toString('hex');
    expect(await client.call('Echo', text)).toMatchObject({ code: 0, response: text });
    const message = 'grpc: received message after decompression larger than max 4194304';
    expect(await client.call('Echo', 'x'.repeat(5 * 2 ** 20))).toMatchObject({ code: 8, message });
  });
});

describe('metadata', () => {
  test('of the request: first and all values, bytes', async () => {
    const seen: unknown[] = [];
    const look = unary((_, { metadata }) => {
      seen.push(metadata.get('a'), metadata.getAll('a'), metadata.get('none'), metadata.getBytes('b-bin'));
      return '';
    });
    const client = (await serveMethods({ Look: look })).connect();
    await client.call('Look', '', { metadata: { a: ['1, x', '2'], 'b-bin': Buffer.from([0, 255]) } });
    expect(seen.slice(0, 3)).toEqual(['1, x', ['1, x', '2'], undefined]);
    expect(Buffer.from(seen[3] as Uint8Array)).toEqual(Buffer.from([0, 255]));
  });

  test('of the response, also of one that failed', async () => {
    const add = (call: ServerCall): void => {
      call.addHeader('a', '1');
      call.addHeader('a', '2');
      call.addHeader('b-bin', Buffer.from([0, 1, 255]));
    };
    const ok = unary((_, call) => {
      add(call);
      return '';
    });
    const bad = unary((_, call) => {
      add(call);
      throw new GrpcError(StatusCode.notFound, 'no');
    });
    const client = (await serveMethods({ Ok: ok, Bad: bad })).connect();
    for (const name of ['Ok', 'Bad']) {
      const { code, headers } = await client.call(name, '');
      expect(code).toBe(name === 'Ok' ? 0 : 5);
      expect(headers?.get('a').join(', ')).toBe('1, 2');
      expect(headers?.get('b-bin')).toEqual([Buffer.from([0, 1, 255])]);
    }
  });
});

describe('giving up', () => {
  /** A method that waits for its signal, and tells why it aborted. */
  function waiting() {
    const aborted = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<void>();
    const method = unary(async (_, { signal }) => {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      aborted.resolve((signal.reason as Error).name);
      return 'late';
    });
    return { method, begun: begun.promise, aborted: aborted.promise };
  }

  test('a cancelled call aborts its signal', async () => {
    const { method, begun, aborted } = waiting();
    const client = (await serveMethods({ Wait: method })).connect();
    const call = client.call('Wait', '');
    await begun;
    call.cancel();
    expect(await aborted).toBe('AbortError');
    expect((await call).code).toBe(1);
  });

  test('a connection that is lost aborts every call on it', async () => {
    const { method, begun, aborted } = waiting();
    const client = (await serveMethods({ Wait: method })).connect();
    const call = client.call('Wait', '');
    await begun;
    client.client.close();
    call.cancel();
    expect(await aborted).toBe('AbortError');
  });

  test('a deadline that passes aborts, whether the client or the server sees it first', async () => {
    const { method, aborted } = waiting();
    const client = (await serveMethods({ Wait: method })).connect();
    expect((await client.call('Wait', '', { deadline: 100 })).code).toBe(4);
    expect(['TimeoutError', 'AbortError']).toContain(await aborted);
  });

  test('a signal that is asked for late is aborted already', async () => {
    const seen = Promise.withResolvers<boolean>();
    const gone = Promise.withResolvers<void>();
    const method = unary(async (_, call) => {
      await gone.promise;
      await sleep(50);
      seen.resolve(call.signal.aborted);
      return '';
    });
    const call = (await serveMethods({ Late: method })).connect().call('Late', '', { deadline: 50 });
    await call;
    gone.resolve();
    expect(await seen.promise).toBe(true);
  });
});

describe('streaming calls', () => {
  const upper = streaming(async function* (requests) {
    for await (const request of requests) {
      if (request === 'fail') throw new GrpcError(StatusCode.aborted, 'asked to');
      yield request.toUpperCase();
    }
  });

  test('any number of messages both ways', async () => {
    const client = (await serveMethods({ Upper: upper })).connect();
    expect(await client.stream('Upper', ['a', 'b', 'c'])).toEqual({ responses: ['A', 'B', 'C'], code: 0, message: '' });
    expect(await client.stream('Upper', [])).toEqual({ responses: [], code: 0, message: '' });
  });

  test('a failure after some messages', async () => {
    const client = (await serveMethods({ Upper: upper })).connect();
    expect(await client.stream('Upper', ['a', 'fail', 'b'])).toEqual({ responses: ['A'], code: 10, message: 'asked to' });
    expect(await client.stream('Upper', ['fail'])).toEqual({ responses: [], code: 10, message: 'asked to' });
  });

  test('more than the windows hold', async () => {
    const client = (await serveMethods({ Upper: upper })).connect();
    const requests = Array.from({ length: 50 }, (_, at) => String(at % 10).repeat(100_000));
    expect((await client.stream('Upper', requests)).responses).toEqual(requests);
  });
});

describe('admission and observers', () => {
  test('a call that is not admitted is not read, decoded or observed', async () => {
    const events: string[] = [];
    const observer: CallObserver = { started: ({ path }) => void events.push(path) };
    const admit = ({ metadata }: ServerCall) =>
      metadata.get('let-me') === 'in' ? undefined : new GrpcError(StatusCode.unauthenticated, 'no');
    const { connect } = await serveMethods({ Echo: echo }, { admit, observers: [observer] });
    expect(await connect().call('Echo', 'a')).toMatchObject({ code: 16, message: 'no' });
    expect(await connect().call('Echo', 'x'.repeat(2 ** 23))).toMatchObject({ code: 16, message: 'no' });
    expect(await connect().call('Nope', 'a')).toMatchObject({ code: 16, message: 'no' });
    expect(events).toEqual([]);
    expect(await connect().call('Echo', 'a', { metadata: { 'let-me': 'in' } })).toMatchObject({ code: 0 });
    expect(events).toEqual(['/test.Echo/Echo']);
  });

  test('what admission hides, nobody else sees', async () => {
    const seen: unknown[] = [];
    const admit = ({ metadata }: ServerCall): undefined => void metadata.hide('token');
    const observer: CallObserver = {
      started: ({ metadata }) => void seen.push(metadata.get('token'), metadata.getAll('token'), [...metadata.entries()]),
    };
    const { connect } = await serveMethods({ Echo: echo }, { admit, observers: [observer] });
    await connect().call('Echo', 'a', { metadata: { token: 'canary', other: 'x' } });
    expect(seen.slice(0, 2)).toEqual([undefined, []]);
    expect(seen[2]).toContainEqual(['other', 'x']);
    expect(JSON.stringify(seen)).not.toContain('canary');
  });

  test('observers are told in order, and of the end in the opposite one', async () => {
    const events: unknown[] = [];
    const observer = (name: string, refuse = false): CallObserver => ({
      started(call) {
        events.push(`${name} started`);
        return refuse && call.metadata.get('refuse') !== undefined ? new GrpcError(StatusCode.invalidArgument, 'bad') : undefined;
      },
      finished: ({ receivedBytes, sentBytes }, code) => void events.push([name, code, receivedBytes, sentBytes]),
    });
    const { connect } = await serveMethods({ Echo: echo }, { observers: [observer('a'), observer('b', true), observer('c')] });
    await connect().call('Echo', 'four');
    expect(events.splice(0)).toEqual(['a started', 'b started', 'c started', ['c', 0, 4, 4], ['b', 0, 4, 4], ['a', 0, 4, 4]]);
    expect(await connect().call('Echo', 'four', { metadata: { refuse: '1' } })).toMatchObject({ code: 3, message: 'bad' });
    expect(events).toEqual(['a started', 'b started', ['a', 3, 4, 0]]);
  });
});
