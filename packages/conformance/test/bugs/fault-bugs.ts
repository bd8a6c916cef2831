import { isSecretStoreError, SecretStoreError, secretTable } from '@coffer/core/driver';
import { HttpClient } from '@coffer/http-client';
import { AcmeStore } from '../acme/src/store.ts';
import { type SeededBug, withMethods } from './seeded-bug.ts';

const { get, init } = AcmeStore.prototype;

/** What goes wrong when the service does. */
export const faultBugs: readonly SeededBug[] = [
  {
    name: 'lets the parser’s own failure out when an answer is no JSON',
    caughtBy: 'faults',
    check: 'fails with a code of the contract when answers are not what the protocol says',
    testBed: withMethods((correct) => ({
      get: (request, options) =>
        get.call(correct, request, options).catch((cause: unknown) => {
          throw isSecretStoreError(cause) && cause.detail.includes('no JSON') ? new SyntaxError('Unexpected token') : cause;
        }),
    })),
  },
  {
    name: 'answers a secret without values when the answer was cut off',
    seenIn: 'Dapr’s driver for Alibaba Cloud answers an empty map for a body without the parameter',
    caughtBy: 'faults',
    check: 'fails with unavailable when answers are cut off',
    testBed: withMethods((correct) => ({
      get: (request, options) =>
        get.call(correct, request, options).catch((cause: unknown) => {
          if (isSecretStoreError(cause) && cause.detail.includes('broke off')) return { data: secretTable() };
          throw cause;
        }),
    })),
  },
  {
    name: 'tries again without end when it is throttled',
    caughtBy: 'faults',
    check: 'gives up a service that throttles without end, with resource_exhausted',
    testBed: withMethods((correct) => ({
      get: async (request, options) => {
        for (;;) {
          try {
            return await get.call(correct, request, options);
          } catch (cause) {
            if (!isSecretStoreError(cause) || cause.code !== 'resource_exhausted' || correct.closing.signal.aborted) throw cause;
          }
        }
      },
    })),
  },
  {
    name: 'comes back at once to a service that asked for a pause',
    caughtBy: 'faults',
    check: 'comes back when a throttled service asks it to, and not before',
    testBed: withMethods((correct) => ({
      init: async (context, options) => {
        await init.call(correct, context, options);
        const http = correct.client?.http;
        const request = http?.request.bind(http);
        if (http === undefined || request === undefined) return;
        http.request = async (...call) => {
          const answer = await request(...call);
          return { ...answer, headers: { ...answer.headers, 'retry-after': '0' } };
        };
      },
    })),
  },
  {
    name: 'does not come back when it is asked to',
    seenIn: 'Dapr’s drivers for Huawei Cloud and Tencent Cloud have no retries',
    caughtBy: 'faults',
    check: 'comes back when a throttled service asks it to, and not before',
    testBed: withMethods((correct) => ({
      init: async (context, options) => {
        await init.call(correct, context, options);
        const http = correct.client?.http;
        const request = http?.request.bind(http);
        if (http === undefined || request === undefined) return;
        http.request = async (...call) => {
          const answer = await request(...call);
          if (answer.status === 429) throw new SecretStoreError('resource_exhausted', 'acme answered 429');
          return answer;
        };
      },
    })),
  },
  {
    name: 'reads an answer of any size into memory',
    caughtBy: 'faults',
    check: 'refuses an answer that is far too large, before it has taken the memory',
    testBed: withMethods((correct) => ({
      init: async (context, options) => {
        await init.call(correct, context, options);
        correct.client?.http.close();
        Object.assign(correct.client ?? {}, { http: new HttpClient({ proxy: 'none', maxResponse: 2 ** 30 }) });
      },
    })),
  },
  {
    name: 'keeps a call that failed, and answers with it for ever',
    caughtBy: 'faults',
    check: 'fails with unavailable while the service is away',
    testBed: withMethods((correct) => {
      const kept = new Map<string, ReturnType<AcmeStore['get']>>();
      return {
        get: async (request, options) => {
          const call = kept.get(request.name) ?? get.call(correct, request, options);
          kept.set(request.name, call);
          const answer = await call;
          kept.delete(request.name);
          return answer;
        },
      };
    }),
  },
  {
    name: 'reports a failure in a promise that nobody waits for',
    caughtBy: 'faults',
    check: 'fails with unavailable while the service is away',
    testBed: withMethods((correct) => ({
      get: (request, options) =>
        get.call(correct, request, options).catch((cause: unknown) => {
          void Promise.reject(new Error('the report could not be sent'));
          throw cause;
        }),
    })),
  },
  {
    name: 'tells a missing secret and a service that is away by one word',
    caughtBy: 'faults',
    check: 'gets over one answer that the service is away, or says unavailable',
    testBed: withMethods((correct) => ({
      get: (request, options) =>
        get.call(correct, request, options).catch((cause: unknown) => {
          if (!isSecretStoreError(cause) || cause.code !== 'unavailable') throw cause;
          throw new SecretStoreError('not_found', 'no such secret', { cause });
        }),
    })),
  },
];
