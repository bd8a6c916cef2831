import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cofferDialect, strictDialect } from '../src/dialect.ts';
import { type ErrorCode, type Logger, SecretStoreError } from '../src/driver/index.ts';
import { ReadableStore, Reader } from '../src/reading/reader.ts';
import { Policies } from '../src/resiliency/policies.ts';
import type { ResiliencyObserver } from '../src/resiliency/types.ts';
import { compileTrip } from '../src/resources/trip.ts';
import type { PolicyNames } from '../src/resources/types.ts';
import { prepareScopes } from '../src/scopes/scopes.ts';
import { deferred, type MemoryOptions, memoryStore } from './memory-store.ts';
import { recordingObserver } from './recording-observer.ts';
import { type ResourceParts, resiliencyResource } from './resiliency-resource.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Before = NonNullable<MemoryOptions['before']>;

const afterTwo = { cb: { trip: compileTrip('consecutiveFailures >= 2'), timeout: 500 } };
const twice = { r: { duration: 10, maxRetries: 2 } };

/** A reader of one store `s` behind policies, and all that can be seen of it. */
function setUp(store: MemoryOptions, parts: ResourceParts, names: PolicyNames, dialect = cofferDialect) {
  const logs: string[] = [];
  const log = (level: string) => (message: string) => logs.push(`${level} ${message}`);
  const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const events: string[] = [];
  const observer: ResiliencyObserver = {
    loaded: (name, namespace) => events.push(`loaded ${name} ${namespace}`),
    applied: ({ policy, state = '' }) => events.push(`applied ${policy} ${state}`.trim()),
    activated: ({ policy, state = '' }) => events.push(`activated ${policy} ${state}`.trim()),
  };
  const policies = new Policies({ dialect, logger });
  policies.observer = observer;
  const put = (given: ResourceParts, target = names) => {
    policies.replace([resiliencyResource({ ...given, components: { s: target } })]);
    readable.policy = policies.of('s');
  };
  const { store: memory, calls } = memoryStore(store);
  const told = recordingObserver();
  const readable = new ReadableStore(memory, { observer: told.observer.store?.('s') });
  put(parts);
  events.length = 0;
  const reader = new Reader(new Map([['s', readable]]), prepareScopes([]), told.observer);
  const reads = () => told.seen.filter(([what]) => what === 'read').map(([, , operation, code]) => `${operation} ${code}`);
  const get = (name: string, more: object = {}) => reader.get({ store: 's', name, metadata: {}, ...more });
  /** The value, or the text of the failure. */
  const answer = (name: string) =>
    get(name).then(
      ({ data }) => data?.[name],
      (cause: Error) => cause.message.replace(/^.*: /, ''),
    );
  return { reader, readable, policies, put, calls, get, answer, reads, logs, events };
}

/** Fails the first reads of a name with these codes, in turn. */
function failures(...codes: ErrorCode[]): Before {
  let at = 0;
  return async () => {
    const code = codes[at++];
    if (code !== undefined) throw new SecretStoreError(code, code);
  };
}
const always =
  (code: ErrorCode): Before =>
  async () => {
    throw new SecretStoreError(code, code);
  };
const whenAborted: Before = (_, signal) =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
const ignoringSignal: Before = () => new Promise(() => undefined);

describe('time-out', () => {
  it.each([
    ['that honours its signal', whenAborted],
    ['that ignores its signal', ignoringSignal],
  ])('18-161: cancels the call of a driver %s, and answers at once', async (_, before) => {
    const { get, calls, reads } = setUp({ before }, { timeouts: { t: 100 } }, { timeout: 't' });
    const failed = expect(get('k')).rejects.toMatchObject({
      code: 'deadline_exceeded',
      message: 'failed getting secret with key k from secret store s: context deadline exceeded',
      hint: 'the time-out policy t gives an attempt 100ms',
    });
    await vi.advanceTimersByTimeAsync(99);
    expect([calls.aborted, reads()]).toEqual([[], []]);
    await vi.advanceTimersByTimeAsync(1);
    await failed;
    expect([calls.aborted, reads()]).toEqual([['k'], ['get deadline_exceeded']]);
  });

  it('leaves no timer behind when the store is in time', async () => {
    const { answer } = setUp({ secrets: { k: 'v' } }, { timeouts: { t: 100 } }, { timeout: 't' });
    expect(await answer('k')).toBe('v');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('holds for a bulk read as a whole, and cancels every call of it', async () => {
    const secrets = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`n${index}`, 'v']));
    const { reader, calls } = setUp({ secrets, before: whenAborted }, { timeouts: { t: 100 } }, { timeout: 't' });
    const failed = expect(reader.bulkGet({ store: 's', metadata: {} })).rejects.toThrow(
      'failed getting secrets from secret store s: context deadline exceeded',
    );
    await vi.advanceTimersByTimeAsync(100);
    await failed;
    await vi.advanceTimersByTimeAsync(0);
    expect([calls.running, calls.gets.length]).toEqual([0, 10]);
  });

  it('is of the attempt, not of the call', async () => {
    const both = { timeouts: { t: 100 }, retries: twice };
    const { answer, calls, events } = setUp({ before: whenAborted }, both, { timeout: 't', retry: 'r' });
    const answered = answer('k');
    await vi.advanceTimersByTimeAsync(319);
    expect(calls.gets).toEqual(['k', 'k', 'k']);
    await vi.advanceTimersByTimeAsync(1);
    expect(await answered).toBe('context deadline exceeded');
    expect(events).toEqual(['applied timeout', 'applied retry', 'activated timeout', 'activated retry']);
  });
});

describe('retry', () => {
  it('18-162: asks a failing store three times, and answers once', async () => {
    const { answer, calls, reads, events, logs } = setUp({ before: always('unavailable') }, { retries: twice }, { retry: 'r' });
    const answered = answer('k');
    await vi.advanceTimersByTimeAsync(20);
    expect(await answered).toBe('unavailable');
    expect([calls.gets.length, reads()]).toEqual([3, ['get unavailable']]);
    expect(events).toEqual(['applied retry', 'activated retry']);
    expect(logs).toEqual([
      'warn Error processing operation component[s] output. Retrying in 10ms…',
      'debug Error for operation component[s] output was: unavailable',
    ]);
  });

  it('tells that the store has recovered', async () => {
    const store = { secrets: { k: 'v' }, before: failures('unavailable', 'unknown') };
    const { answer, logs } = setUp(store, { retries: twice }, { retry: 'r' });
    const answered = answer('k');
    await vi.advanceTimersByTimeAsync(20);
    expect(await answered).toBe('v');
    expect(logs.at(-1)).toBe('info Recovered processing operation component[s] output after 3 attempts');
  });

  const final = ['not_found', 'permission_denied', 'unauthenticated', 'invalid_argument', 'failed_precondition', 'unimplemented'];
  it.each(final as ErrorCode[])('does not ask again after %s, as the reference does', async (code) => {
    for (const [dialect, attempts] of [[cofferDialect, 1] as const, [strictDialect, 3] as const]) {
      const { answer, calls } = setUp({ before: always(code) }, { retries: twice }, { retry: 'r' }, dialect);
      const answered = answer('k');
      await vi.advanceTimersByTimeAsync(20);
      expect([await answered, calls.gets.length]).toEqual([code, attempts]);
    }
  });

  it.each(['unavailable', 'deadline_exceeded', 'resource_exhausted', 'unknown', 'internal'] as ErrorCode[])(
    'asks again after %s',
    async (code) => {
      const { answer, calls } = setUp({ before: always(code) }, { retries: twice }, { retry: 'r' });
      const answered = answer('k');
      await vi.advanceTimersByTimeAsync(20);
      expect([await answered, calls.gets.length]).toEqual([code, 3]);
    },
  );

  it('asks again when the driver says that it helps, whatever the code', async () => {
    const before = async () => {
      throw new SecretStoreError('failed_precondition', 'sealed', { retryable: true });
    };
    const { answer, calls } = setUp({ before }, { retries: twice }, { retry: 'r' });
    const answered = answer('k');
    await vi.advanceTimersByTimeAsync(20);
    expect([await answered, calls.gets.length]).toEqual(['sealed', 3]);
  });

  it('goes on for ever without a limit, until the store closes', async () => {
    const { get, readable, calls } = setUp(
      { before: always('unavailable') },
      { retries: { r: { duration: 60_000 } } },
      { retry: 'r' },
    );
    const read = get('k').catch((cause) => cause);
    await vi.advanceTimersByTimeAsync(60_000 * 500);
    expect(calls.gets).toHaveLength(501);
    vi.useRealTimers();
    await readable.close(1);
    expect(await read).toMatchObject({ code: 'canceled' });
    expect(calls).toMatchObject({ closed: 1, gets: { length: 501 } });
  });
});

describe('equal reads in flight', () => {
  it('1,000 of them are one call with one set of retries', async () => {
    const store = { secrets: { k: 'v' }, before: failures('unavailable', 'unavailable') };
    const { answer, calls, reads, events } = setUp(store, { retries: twice }, { retry: 'r' });
    const answers = Promise.all(Array.from({ length: 1000 }, () => answer('k')));
    await vi.advanceTimersByTimeAsync(20);
    expect(new Set(await answers)).toEqual(new Set(['v']));
    expect([calls.gets.length, reads().length]).toEqual([3, 1000]);
    expect(events).toEqual(['applied retry', 'activated retry']);
  });

  it('a caller that gives up during a pause leaves the others waiting', async () => {
    const store = { secrets: { k: 'v' }, before: failures('unavailable') };
    const { answer, get, calls } = setUp(store, { retries: twice }, { retry: 'r' });
    const controller = new AbortController();
    const gone = expect(get('k', { signal: controller.signal })).rejects.toMatchObject({ code: 'canceled' });
    const answered = answer('k');
    await vi.advanceTimersByTimeAsync(5);
    controller.abort();
    await gone;
    await vi.advanceTimersByTimeAsync(5);
    expect([await answered, calls.gets.length]).toEqual(['v', 2]);
  });

  it.each([
    ['canceled', undefined],
    ['deadline_exceeded', new DOMException('late', 'TimeoutError')],
  ])('the last caller to give up ends the retries: %s', async (code, reason) => {
    const { get, calls } = setUp({ before: always('unavailable') }, { retries: twice }, { retry: 'r' });
    const controller = new AbortController();
    const gone = expect(get('k', { signal: controller.signal })).rejects.toMatchObject({ code });
    await vi.advanceTimersByTimeAsync(5);
    controller.abort(reason);
    await gone;
    await vi.advanceTimersByTimeAsync(1000);
    expect([calls.gets.length, vi.getTimerCount()]).toEqual([1, 0]);
  });

  it('the last caller to give up cancels the attempt that runs, and there is no other', async () => {
    const both = { timeouts: { t: 100 }, retries: twice };
    const { get, calls } = setUp({ before: whenAborted }, both, { timeout: 't', retry: 'r' });
    const controller = new AbortController();
    const gone = expect(get('k', { signal: controller.signal })).rejects.toMatchObject({ code: 'canceled' });
    await vi.advanceTimersByTimeAsync(50);
    controller.abort();
    await gone;
    await vi.advanceTimersByTimeAsync(1000);
    expect([calls.gets.length, calls.aborted.length, vi.getTimerCount()]).toEqual([1, 1, 0]);
  });
});

describe('circuit breaker', () => {
  it('18-163: asks the store no more once it is open, for no name and no bulk', async () => {
    const { answer, reader, calls, logs, events } = setUp(
      { before: always('unavailable') },
      { circuitBreakers: afterTwo },
      { circuitBreaker: 'cb' },
    );
    expect([await answer('a'), await answer('b'), await answer('c'), await answer('d')]).toEqual([
      'unavailable',
      'unavailable',
      'circuit breaker is open',
      'circuit breaker is open',
    ]);
    await expect(reader.bulkGet({ store: 's', metadata: {} })).rejects.toMatchObject({
      code: 'unavailable',
      message: 'failed getting secrets from secret store s: circuit breaker is open',
      hint: 'the circuit breaker policy cb spares s after its failures',
    });
    expect(calls.gets).toEqual(['a', 'b']);
    expect(logs).toEqual(['info Circuit breaker "cb-s" changed state from closed to open']);
    const [closed, open] = ['applied circuitbreaker closed', 'applied circuitbreaker open'];
    expect(events).toEqual([closed, closed, 'activated circuitbreaker open', open, open, open]);
  });

  it('is asked by every retry, and its refusal is not retried', async () => {
    const both = { retries: { r: { duration: 10, maxRetries: 5 } }, circuitBreakers: afterTwo };
    const { answer, calls } = setUp({ before: always('unavailable') }, both, { retry: 'r', circuitBreaker: 'cb' });
    const answered = answer('k');
    await vi.advanceTimersByTimeAsync(20);
    expect(vi.getTimerCount()).toBe(0);
    expect([await answered, calls.gets.length]).toEqual(['circuit breaker is open', 2]);
  });

  it('takes time-outs for failures', async () => {
    const both = { timeouts: { t: 100 }, circuitBreakers: afterTwo };
    const { answer } = setUp({ before: ignoringSignal }, both, { timeout: 't', circuitBreaker: 'cb' });
    const answers = [answer('a'), answer('b')];
    await vi.advanceTimersByTimeAsync(100);
    expect(await Promise.all(answers)).toEqual(['context deadline exceeded', 'context deadline exceeded']);
    expect(await answer('c')).toBe('circuit breaker is open');
  });

  it('half-open, lets one probe through while others wait for nothing, and closes again', async () => {
    const gate = deferred();
    const failing = failures('unavailable', 'unavailable');
    const before: Before = (name, signal) => (name === 'probe' ? gate.promise : failing(name, signal));
    const secrets = { probe: 'v', b: 'v' };
    const { answer, calls, logs, events } = setUp({ secrets, before }, { circuitBreakers: afterTwo }, { circuitBreaker: 'cb' });
    await answer('a');
    await answer('a');
    expect(await answer('b')).toBe('circuit breaker is open');
    await vi.advanceTimersByTimeAsync(501);
    events.length = 0;
    const [probe, equal, other] = [answer('probe'), answer('probe'), answer('b')];
    expect(await other).toBe('too many requests');
    gate.resolve();
    expect([await probe, await equal]).toEqual(['v', 'v']);
    expect(await answer('b')).toBe('v');
    expect(calls.gets).toEqual(['a', 'a', 'probe', 'b']);
    expect(logs.slice(1)).toEqual([
      'info Circuit breaker "cb-s" changed state from open to half-open',
      'info Circuit breaker "cb-s" changed state from half-open to closed',
    ]);
    const [half, closed] = ['applied circuitbreaker half-open', 'applied circuitbreaker closed'];
    expect(events).toEqual([half, half, 'activated circuitbreaker closed', closed]);
  });

  it('opens again when the probe fails', async () => {
    const { answer, calls } = setUp({ before: always('unavailable') }, { circuitBreakers: afterTwo }, { circuitBreaker: 'cb' });
    await answer('a');
    await answer('a');
    await vi.advanceTimersByTimeAsync(501);
    expect([await answer('b'), await answer('c')]).toEqual(['unavailable', 'circuit breaker is open']);
    expect(calls.gets).toHaveLength(3);
  });

  it('takes a definite answer for a store that works, where the reference opens', async () => {
    for (const [dialect, last] of [[cofferDialect, 'not_found'] as const, [strictDialect, 'circuit breaker is open'] as const]) {
      const names = { circuitBreaker: 'cb' };
      const { answer } = setUp({ before: always('not_found') }, { circuitBreakers: afterTwo }, names, dialect);
      await answer('a');
      await answer('a');
      expect(await answer('a')).toBe(last);
    }
  });

  it('closes on a probe that is answered "not found"', async () => {
    const before = failures('unavailable', 'unavailable', 'not_found');
    const { answer, logs } = setUp({ secrets: { b: 'v' }, before }, { circuitBreakers: afterTwo }, { circuitBreaker: 'cb' });
    await answer('a');
    await answer('a');
    await vi.advanceTimersByTimeAsync(501);
    expect([await answer('a'), await answer('b')]).toEqual(['not_found', 'v']);
    expect(logs.at(-1)).toContain('from half-open to closed');
  });

  it('does not count calls that their callers gave up, where the reference does', async () => {
    for (const [dialect, last] of [[cofferDialect, 'v'] as const, [strictDialect, 'circuit breaker is open'] as const]) {
      const before: Before = async (name, signal) => (name === 'slow' ? whenAborted('slow', signal) : undefined);
      const store = { secrets: { k: 'v' }, before };
      const { answer, get } = setUp(store, { circuitBreakers: afterTwo }, { circuitBreaker: 'cb' }, dialect);
      for (let count = 0; count < 3; count++) {
        const controller = new AbortController();
        const gone = get('slow', { signal: controller.signal }).catch(() => undefined);
        await vi.advanceTimersByTimeAsync(1);
        controller.abort();
        await gone;
        await vi.advanceTimersByTimeAsync(1);
      }
      expect(await answer('k')).toBe(last);
    }
  });

  it('lets another probe through when the caller of the first has given up', async () => {
    const failing = failures('unavailable', 'unavailable');
    const before: Before = async (name, signal) => (name === 'slow' ? whenAborted('slow', signal) : failing(name, signal));
    const { answer, get } = setUp({ secrets: { b: 'v' }, before }, { circuitBreakers: afterTwo }, { circuitBreaker: 'cb' });
    await answer('a');
    await answer('a');
    await vi.advanceTimersByTimeAsync(501);
    const controller = new AbortController();
    const gone = get('slow', { signal: controller.signal }).catch(() => undefined);
    expect(await answer('b')).toBe('too many requests');
    controller.abort();
    await gone;
    await vi.advanceTimersByTimeAsync(0);
    expect(await answer('b')).toBe('v');
  });
});

describe('policies that are replaced', () => {
  it('hold for reads that begin afterwards; those that run end under the old ones', async () => {
    const { answer, put } = setUp({ before: whenAborted }, { timeouts: { t: 100 } }, { timeout: 't' });
    const before = answer('a');
    put({ timeouts: { t: 1000 } });
    const after = answer('b');
    await vi.advanceTimersByTimeAsync(100);
    expect(await before).toBe('context deadline exceeded');
    const settled = vi.fn();
    after.then(settled);
    await vi.advanceTimersByTimeAsync(899);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await after).toBe('context deadline exceeded');
  });

  it('can come and go', async () => {
    const { answer, put, readable } = setUp({ secrets: { k: 'v' } }, {}, {});
    expect(readable.policy).toBeUndefined();
    put({ timeouts: { t: 5 } }, { timeout: 't' });
    expect(readable.policy).toBeDefined();
    expect(await answer('k')).toBe('v');
    put({}, {});
    expect(readable.policy).toBeUndefined();
  });

  it('leave an open breaker open when its policy is the same', async () => {
    const { answer, put } = setUp({ before: always('unavailable') }, { circuitBreakers: afterTwo }, { circuitBreaker: 'cb' });
    await answer('a');
    await answer('a');
    const again = { cb: { ...afterTwo.cb, trip: compileTrip('consecutiveFailures >= 2') } };
    put({ timeouts: { t: 5 }, circuitBreakers: again }, { timeout: 't', circuitBreaker: 'cb' });
    expect(await answer('a')).toBe('circuit breaker is open');
  });

  it.each([
    ['its time-out', { cb: { ...afterTwo.cb, timeout: 501 } }, 'cb'],
    ['its expression', { cb: { ...afterTwo.cb, trip: compileTrip('consecutiveFailures >= 3') } }, 'cb'],
    ['its name', { other: afterTwo.cb }, 'other'],
  ])('close a breaker when %s is another', async (_, circuitBreakers, circuitBreaker) => {
    const { answer, put } = setUp({ before: always('unavailable') }, { circuitBreakers: afterTwo }, { circuitBreaker: 'cb' });
    await answer('a');
    await answer('a');
    put({ circuitBreakers }, { circuitBreaker });
    expect(await answer('a')).toBe('unavailable');
  });

  it('forget a breaker that was gone in between', async () => {
    const { answer, put } = setUp({ before: always('unavailable') }, { circuitBreakers: afterTwo }, { circuitBreaker: 'cb' });
    await answer('a');
    await answer('a');
    put({}, {});
    put({ circuitBreakers: afterTwo }, { circuitBreaker: 'cb' });
    expect(await answer('a')).toBe('unavailable');
  });
});

describe('Policies', () => {
  it('keeps one breaker a component, and tells the observer of it by equal objects', async () => {
    const seen: object[] = [];
    const observer: ResiliencyObserver = {
      loaded: () => undefined,
      applied: (use) => seen.push(use),
      activated: () => undefined,
    };
    const logger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
    const policies = new Policies({ dialect: cofferDialect, logger });
    policies.observer = observer;
    const parts = { timeouts: { DefaultTimeoutPolicy: 10 }, circuitBreakers: { DefaultCircuitBreakerPolicy: afterTwo.cb } };
    policies.replace([resiliencyResource({ ...parts, name: 'first' }), resiliencyResource({ name: 'last' })]);
    const fail = () => Promise.reject(new SecretStoreError('unavailable', 'no'));
    const run = (component: string) =>
      policies
        .of(component)
        ?.execute(fail, new AbortController().signal)
        .catch((cause) => cause.detail);
    expect([await run('a'), await run('a'), await run('a'), await run('b')]).toEqual([
      'no',
      'no',
      'circuit breaker is open',
      'no',
    ]);
    expect(policies.of('a')).toBe(policies.of('a'));
    expect(seen[0]).toEqual({ policy: 'timeout', component: 'a', resource: 'last', namespace: 'ns' });
    expect(seen[1]).toEqual({ policy: 'circuitbreaker', component: 'a', resource: 'last', namespace: 'ns', state: 'closed' });
    expect([seen[2], seen[3]]).toEqual([seen[0], seen[1]]);
    expect(seen[2]).toBe(seen[0]);
    expect(seen[3]).toBe(seen[1]);
  });

  it('tells of resources that were taken in whole', () => {
    const { policies, events } = setUp({}, {}, {});
    policies.replace([resiliencyResource({ name: 'a' }), resiliencyResource({ name: 'b', whole: false })]);
    expect(events).toEqual(['loaded a ns']);
    expect(policies.resiliencies.map(({ name }) => name)).toEqual(['a', 'b']);
  });
});
