import { SecretStoreError, secretTable } from '@coffer/core/driver';
import { AcmeStore, secretOf, segmentOf } from '../acme/src/store.ts';
import { type SeededBug, withGet, withMethods } from './seeded-bug.ts';

const { get: correctGet, list: correctList } = AcmeStore.prototype;
const IGNORES = 'ignores hints that it does not declare, in every kind of read';
const HONOURS = 'honours every hint that it declares, and that alone';

export const requestMetadataBugs: readonly SeededBug[] = [
  {
    name: 'fails on hints that it does not know, such as the namespace that the runtime adds',
    caughtBy: 'request-metadata',
    check: IGNORES,
    testBed: withGet((correct) => async (request, options) => {
      for (const hint of Object.keys(request.metadata)) {
        if (['version_id', 'environment', 'prefix'].includes(hint)) continue;
        throw new SecretStoreError('invalid_argument', `unknown hint ${hint}`);
      }
      return await correctGet.call(correct, request, options);
    }),
  },
  {
    name: 'hands every hint on to the service',
    caughtBy: 'request-metadata',
    check: IGNORES,
    testBed: withGet((correct) => async ({ name, metadata }, options) => {
      const query = Object.entries(metadata).map(
        ([hint, value]) => `${hint.replace('version_id', 'version')}=${encodeURIComponent(value)}`,
      );
      return secretOf(await correct.call(`/secrets/${segmentOf(name)}?${query.join('&')}`, 'get', options?.signal));
    }),
  },
  {
    name: 'takes hints in any letters',
    caughtBy: 'request-metadata',
    check: IGNORES,
    testBed: withGet((correct) => ({ name, metadata }, options) => {
      const lower = secretTable(Object.entries(metadata).map(([hint, value]) => [hint.toLowerCase(), value]));
      return correctGet.call(correct, { name, metadata: lower }, options);
    }),
  },
  {
    name: 'takes hints out of the request, which is not its own to change',
    caughtBy: 'request-metadata',
    check: HONOURS,
    testBed: withGet((correct) => async (request, options) => {
      const metadata = request.metadata as Record<string, string>;
      const secret = await correctGet.call(correct, request, options);
      delete metadata.environment;
      return secret;
    }),
  },
  {
    name: 'declares a hint for which it does nothing',
    seenIn: 'the published metadata of several of Dapr’s drivers, which names hints that their code does not read',
    caughtBy: 'request-metadata',
    check: HONOURS,
    testBed: withGet(
      (correct) =>
        ({ name }, options) =>
          correctGet.call(correct, { name, metadata: {} }, options),
    ),
  },
  {
    name: 'forgets the hints of a bulk read',
    seenIn: "most of Dapr's drivers",
    caughtBy: 'request-metadata',
    check: HONOURS,
    testBed: withMethods((correct) => ({ list: (_request, options) => correctList.call(correct, { metadata: {} }, options) })),
  },
];
