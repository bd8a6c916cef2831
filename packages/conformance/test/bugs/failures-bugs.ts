import { SecretStoreError, secretTable } from '@coffer/core/driver';
import { AcmeStore } from '../acme/src/store.ts';
import { type SeededBug, withFailures, withMethods } from './seeded-bug.ts';

const { bulkGet: correctBulk, get: correctGet, list: correctList } = AcmeStore.prototype;
const DENIED = check('permission_denied when the identity may not read');
const UNREACHABLE = check('unavailable when the service is out of reach');

function check(of: string): string {
  return `fails every kind of read with ${of}, and reads again when that is over`;
}

/** The correct driver that gives one code where another is right. */
function withCode(right: string, wrong: SecretStoreError['code']): SeededBug['testBed'] {
  return withFailures((failure) =>
    failure.code === right ? new SecretStoreError(wrong, failure.detail, { cause: failure }) : failure,
  );
}

export const failuresBugs: readonly SeededBug[] = [
  {
    name: 'takes a secret that it may not read for one that is not there',
    caughtBy: 'failures',
    check: DENIED,
    testBed: withCode('permission_denied', 'not_found'),
  },
  {
    name: 'answers nothing for a secret that is denied',
    seenIn: "Dapr's store of environment variables",
    caughtBy: 'failures',
    check: DENIED,
    testBed: withMethods((correct) => ({
      get: (request, options) =>
        correctGet.call(correct, request, options).catch(() => ({ data: secretTable([[request.name, '']]) })),
    })),
  },
  {
    name: 'answers an empty bulk read when it may not list',
    caughtBy: 'failures',
    check: DENIED,
    testBed: withMethods((correct) => ({
      bulkGet: (request, options) => correctBulk.call(correct, request, options).catch(() => ({ data: secretTable() })),
    })),
  },
  {
    name: 'ends a list quietly where it fails',
    caughtBy: 'failures',
    check: check('unavailable when the service can not answer'),
    testBed: withMethods((correct) => ({
      list: async function* (request, options) {
        try {
          yield* correctList.call(correct, request, options);
        } catch {
          return;
        }
      },
    })),
  },
  {
    name: 'does not tell credentials that have expired from missing permissions',
    caughtBy: 'failures',
    check: check('unauthenticated when the credentials are not taken'),
    testBed: withCode('unauthenticated', 'permission_denied'),
  },
  {
    name: 'has no code for too many calls',
    caughtBy: 'failures',
    check: check('resource_exhausted when there are too many calls'),
    testBed: withCode('resource_exhausted', 'unknown'),
  },
  {
    name: 'says of every failure that to try again is no use',
    caughtBy: 'failures',
    check: check('unavailable when the service can not answer'),
    testBed: withFailures(({ code, detail }) => new SecretStoreError(code, detail, { retryable: false })),
  },
  {
    name: 'says of every failure that to try again may help',
    caughtBy: 'failures',
    check: 'says of a missing secret that to try again is no use',
    testBed: withFailures(({ code, detail }) => new SecretStoreError(code, detail, { retryable: true })),
  },
  {
    name: 'lets the errors of its client through as they are',
    seenIn: "Dapr's drivers, whose callers match texts",
    caughtBy: 'failures',
    check: UNREACHABLE,
    testBed: withFailures((failure) => (failure.code === 'unavailable' ? new TypeError('fetch failed') : failure)),
  },
  {
    name: 'keeps a failed connection for good',
    caughtBy: 'failures',
    check: UNREACHABLE,
    testBed: () => {
      let failed: SecretStoreError | undefined;
      return withMethods((correct) => ({
        call: async (...parameters) => {
          if (failed !== undefined) throw failed;
          try {
            return await AcmeStore.prototype.call.apply(correct, parameters);
          } catch (cause) {
            failed = cause as SecretStoreError;
            throw cause;
          }
        },
      }))();
    },
  },
  {
    name: 'does not look at its credentials before the first read',
    seenIn: "Dapr's driver for HashiCorp Vault",
    caughtBy: 'failures',
    check: 'fails for each of the broken settings where and as it has to',
    testBed: withMethods((correct) => ({
      init: (context, options) =>
        AcmeStore.prototype.init.call(correct, context, options).catch((cause: SecretStoreError) => {
          if (cause.code !== 'unauthenticated') throw cause;
        }),
    })),
  },
];
