import type { RequestMetadata } from '@coffer/core/driver';
import { type CheckContext, freshName, freshValue, type SeededSecret } from '../check-context.ts';
import { CheckFailure, type Exercise } from '../exercise.ts';
import { expectFailure } from '../expect.ts';
import { expectRead } from '../reading/expect-read.ts';

export const versions: Exercise = {
  name: 'versions',
  title: 'reads the version that is asked for, and the newest when none is',
  // Without any hint there is no way to ask for one.
  appliesTo: ({ requestMetadata }) => requestMetadata.length > 0,
  checks: [
    {
      name: 'reads an older version when asked for it, and the newest when not',
      run: async (context) => {
        const { older, newest } = await seedTwo(context);
        const store = await context.open();
        await expectRead(context, store, newest, { call: 'get without a version' });
        await expectRead(context, store, older, { call: 'get of the older version', metadata: hintOf(context, older) });
        await expectRead(context, store, newest, {
          call: 'get of the newest version by its name',
          metadata: hintOf(context, newest),
        });
        await expectRead(context, store, newest, { call: 'get without a version after one with' });
      },
    },
    {
      name: 'answers reads of several versions at once each with its own',
      run: async (context) => {
        const { older, newest } = await seedTwo(context);
        const store = await context.open();
        const reads = [older, newest, older, newest].map((secret) =>
          expectRead(context, store, secret, { call: 'get of one of two versions at once', metadata: hintOf(context, secret) }),
        );
        await Promise.all([...reads, expectRead(context, store, newest, { call: 'get without a version beside others' })]);
      },
    },
    {
      name: 'takes an empty version for the newest',
      run: async (context) => {
        const { newest } = await seedTwo(context);
        const metadata = hintOf(context, { ...newest, version: '' });
        await expectRead(context, await context.open(), newest, { call: 'get of an empty version', metadata });
      },
    },
    {
      name: 'fails with not_found or invalid_argument for a version that is not there',
      run: async (context) => {
        const { newest } = await seedTwo(context);
        const store = await context.open();
        const unknown = [otherVersion(String(newest.version)), 'no such version', '../1', '1&version=2', '-1', '1.5'];
        for (const version of unknown) {
          const metadata = hintOf(context, { ...newest, version });
          const read = store.get({ name: newest.name, metadata }, { signal: context.signal });
          await expectFailure(`get of the unknown version ${JSON.stringify(version)}`, read, 'not_found', 'invalid_argument');
        }
      },
    },
    {
      name: 'tells the version that it has read, in the words in which it takes it',
      run: async (context) => {
        const { older, newest } = await seedTwo(context);
        const store = await context.open();
        for (const [secret, metadata] of [
          [newest, {}],
          [older, hintOf(context, older)],
        ] as const) {
          const { version } = await expectRead(context, store, secret, { metadata });
          if (version === secret.version) continue;
          context.fail(`get told the version ${JSON.stringify(version)} in place of ${JSON.stringify(secret.version)}`);
        }
      },
    },
    {
      name: 'keeps the versions of one secret out of the reads of another',
      run: async (context) => {
        const { older } = await seedTwo(context);
        const third = await context.seed({ name: older.name });
        const { newest: other } = await seedTwo(context);
        const store = await context.open();
        await expectRead(context, store, older, { metadata: hintOf(context, older) });
        await expectRead(context, store, other, { call: 'get of another secret without a version' });
        const read = store.get({ name: other.name, metadata: hintOf(context, third) }, { signal: context.signal });
        const call = 'get of another secret with a version that it does not have';
        await expectFailure(call, read, 'not_found', 'invalid_argument');
      },
    },
  ],
};

/** One secret in two versions. Skips the check where there are none. */
async function seedTwo(context: CheckContext): Promise<{ readonly older: SeededSecret; readonly newest: SeededSecret }> {
  if (context.backend.versionHint === undefined) context.skip('the service has no versions to ask for');
  const name = freshName();
  const older = await context.seed({ name, values: { [name]: freshValue() } });
  const newest = await context.seed({ name, values: { [name]: freshValue() } });
  if (older.version === undefined || older.version === newest.version) {
    throw new CheckFailure('the test bed has a versionHint, and its seed does not tell each version');
  }
  return { older, newest };
}

function hintOf({ backend }: CheckContext, { version }: Pick<SeededSecret, 'version'>): RequestMetadata {
  return Object.freeze({ [String(backend.versionHint)]: String(version) });
}

/** A version that looks like one of the service's own. */
function otherVersion(version: string): string {
  if (/^\d+$/.test(version)) return String(Number(version) + 1000);
  return version.replaceAll(/[0-9a-f]/g, (digit) => ((Number.parseInt(digit, 16) + 7) % 16).toString(16));
}
