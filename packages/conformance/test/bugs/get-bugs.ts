import { isSecretStoreError, type SecretData, secretTable } from '@coffer/core/driver';
import { AcmeStore, secretOf, segmentOf } from '../acme/src/store.ts';
import { type SeededBug, withAnswers, withGet } from './seeded-bug.ts';

const correctGet = AcmeStore.prototype.get;

export const getBugs: readonly SeededBug[] = [
  {
    name: 'answers an empty value for a secret that is not there',
    seenIn: "Dapr's store of environment variables",
    caughtBy: 'get',
    check: 'fails with not_found for a name that nobody has put there',
    testBed: withGet((correct) => async (request, options) => {
      try {
        return await correctGet.call(correct, request, options);
      } catch (cause) {
        if (isSecretStoreError(cause) && cause.code === 'not_found') return { data: secretTable([[request.name, '']]) };
        throw cause;
      }
    }),
  },
  {
    name: 'answers the first secret whose name begins like the one asked for',
    caughtBy: 'get',
    check: 'fails with not_found for the beginning of a name and for a name that goes on',
    testBed: withGet((correct) => async (request, options) => {
      for await (const page of correct.list({ metadata: {} }, options)) {
        const name = page.find((each) => each.startsWith(request.name));
        if (name !== undefined) return await correctGet.call(correct, { ...request, name }, options);
      }
      return await correctGet.call(correct, request, options);
    }),
  },
  {
    name: 'puts the kind of the value and the id of the request beside the value',
    seenIn: "Dapr's driver for Tencent Cloud",
    caughtBy: 'get',
    check: 'answers a record without a prototype that holds what was put there, and nothing more',
    testBed: withAnswers(({ data, ...rest }) => ({
      ...rest,
      data: secretTable([...Object.entries(data ?? {}), ['SecretValueType', '10'], ['RequestID', '8a3c']]),
    })),
  },
  {
    name: "answers under the service's own name of the secret",
    seenIn: "Dapr's drivers for AWS, when asked by ARN",
    caughtBy: 'get',
    check: 'answers a record without a prototype that holds what was put there, and nothing more',
    testBed: withAnswers(({ data, ...rest }, { name }) => ({
      ...rest,
      data: secretTable([[`secrets/${name}`, data?.[name] ?? '']]),
    })),
  },
  {
    name: 'answers a record with a prototype',
    caughtBy: 'get',
    check: 'answers a record without a prototype that holds what was put there, and nothing more',
    testBed: withAnswers((secret) => ({ ...secret, data: { ...secret.data } })),
  },
  {
    name: 'keeps the name that it reads in a field, where the next read finds it',
    caughtBy: 'get',
    check: 'answers each of several reads at once with its own secret',
    testBed: withGet((correct) => {
      let current = '';
      return async ({ name }, options) => {
        current = name;
        await correct.ping(options);
        return secretOf(await correct.call(`/secrets/${segmentOf(current)}`, 'get', options?.signal));
      };
    }),
  },
  {
    name: 'keeps what it has read for ever',
    caughtBy: 'get',
    check: 'answers with a new value once it is there, and fails with not_found once the secret is gone',
    testBed: withGet((correct) => {
      const kept = new Map<string, SecretData>();
      return async (request, options) => {
        const { data, ...rest } = kept.get(request.name) ?? (await correctGet.call(correct, request, options));
        kept.set(request.name, { data, ...rest });
        return { ...rest, data: secretTable(Object.entries(data ?? {})) };
      };
    }),
  },
];
