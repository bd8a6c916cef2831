import { isSecretStoreError, type SecretData, secretTable } from '@coffer/core/driver';
import { AcmeStore, secretOf, segmentOf } from '../acme/src/store.ts';
import { type SeededBug, withAnswers, withGet } from './seeded-bug.ts';

const correctGet = AcmeStore.prototype.get;
const OLDER = 'reads an older version when asked for it, and the newest when not';

/** The correct driver that says in its own way which version it wants. */
function withQuery(query: (version: string | undefined) => string): SeededBug['testBed'] {
  return withGet((correct) => async ({ name, metadata }, options) => {
    return secretOf(await correct.call(`/secrets/${segmentOf(name)}${query(metadata.version_id)}`, 'get', options?.signal));
  });
}

export const versionsBugs: readonly SeededBug[] = [
  {
    name: 'understands its hint for the version in other letters alone',
    seenIn: "Dapr's driver for Tencent Cloud: VersionID",
    caughtBy: 'versions',
    check: OLDER,
    testBed: withGet((correct) => ({ metadata, ...request }, options) => {
      const version = metadata.VersionID;
      return correctGet.call(correct, { ...request, metadata: version === undefined ? {} : { version_id: version } }, options);
    }),
  },
  {
    name: 'keeps what it reads by the name of the secret, whichever version that was',
    caughtBy: 'versions',
    check: OLDER,
    testBed: withGet((correct) => {
      const kept = new Map<string, SecretData>();
      return async (request, options) => {
        const secret = kept.get(request.name) ?? (await correctGet.call(correct, request, options));
        kept.set(request.name, secret);
        return secret;
      };
    }),
  },
  {
    name: 'shares a read that is under way with those who want another version',
    caughtBy: 'versions',
    check: 'answers reads of several versions at once each with its own',
    testBed: withGet((correct) => {
      const running = new Map<string, Promise<SecretData>>();
      return (request, options) => {
        const shared =
          running.get(request.name) ?? correctGet.call(correct, request, options).finally(() => running.delete(request.name));
        running.set(request.name, shared);
        return shared;
      };
    }),
  },
  {
    name: 'sends an empty version to the service',
    seenIn: "Dapr's drivers for Google, Huawei and Tencent",
    caughtBy: 'versions',
    check: 'takes an empty version for the newest',
    testBed: withQuery((version) => (version === undefined ? '' : `?version=${encodeURIComponent(version)}`)),
  },
  {
    name: 'pastes the version into the address as it is',
    seenIn: "Dapr's driver for HashiCorp Vault",
    caughtBy: 'versions',
    check: 'fails with not_found or invalid_argument for a version that is not there',
    testBed: withQuery((version) => (version ? `?version=${version}` : '')),
  },
  {
    name: 'answers the newest version when the one asked for is not there',
    caughtBy: 'versions',
    check: 'fails with not_found or invalid_argument for a version that is not there',
    testBed: withGet(
      (correct) => (request, options) =>
        correctGet.call(correct, request, options).catch((cause: unknown) => {
          if (!isSecretStoreError(cause) || cause.code !== 'not_found') throw cause;
          return correctGet.call(correct, { ...request, metadata: {} }, options);
        }),
    ),
  },
  {
    name: 'calls every version "latest"',
    caughtBy: 'versions',
    check: 'tells the version that it has read, in the words in which it takes it',
    testBed: withAnswers((secret) => ({ ...secret, version: 'latest' })),
  },
  {
    name: 'remembers the version that was asked for last, for whoever asks for none',
    caughtBy: 'versions',
    check: 'keeps the versions of one secret out of the reads of another',
    testBed: withGet((correct) => {
      let last: string | undefined;
      return async ({ name, metadata }, options) => {
        last = metadata.version_id ?? last;
        const { data, ...rest } = await correctGet.call(
          correct,
          { name, metadata: last === undefined ? {} : { version_id: last } },
          options,
        );
        return { ...rest, data: secretTable(Object.entries(data ?? {})) };
      };
    }),
  },
];
