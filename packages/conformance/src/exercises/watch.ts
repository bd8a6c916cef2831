import { setTimeout as sleep } from 'node:timers/promises';
import {
  Feature,
  isSecretStoreError,
  type SecretChange,
  type SecretStore,
  secretTable,
  type WatchRequest,
} from '@coffer/core/driver';
import { type CheckContext, freshName, freshValue, type SeededSecret } from '../check-context.ts';
import { CheckFailure, type Exercise } from '../exercise.ts';
import { declaredMethod, expectFailure } from '../expect.ts';
import { expectRead } from '../reading/expect-read.ts';
import { NO_METADATA } from '../reading/read-all.ts';

export const watch: Exercise = {
  name: 'watch',
  title: 'tells of changes once reads answer with them',
  feature: Feature.watch,
  checks: [
    {
      name: 'tells of a new value, which reads answer with by then',
      limit: 60_000,
      run: async (context) => {
        const { name } = await context.seed();
        const store = await context.open();
        await watching(context, store, {}, async (changes) => {
          await changes.begun(name);
          const value = freshValue();
          await context.seed({ name, values: secretTable([[name, value]]) });
          // What is told first may be of the values before.
          await changes.until('reads did not answer with a new value when changes were told,', async (change) => {
            if (!isOf(change, name, 'changed')) return false;
            const { data } = await store.get({ name, metadata: NO_METADATA }, { signal: context.signal });
            return data?.[name] === value;
          });
        });
      },
    },
    {
      name: 'tells of a new secret, which reads answer with by then',
      limit: 60_000,
      run: async (context) => {
        const { name: known } = await context.seed();
        const store = await context.open();
        await watching(context, store, {}, async (changes) => {
          await changes.begun(known);
          const secret = await context.seed();
          await changes.until('a new secret was not told', (change) => isOf(change, secret.name, 'changed'));
          await expectRead(context, store, secret, { call: 'get after a new secret was told' });
        });
      },
    },
    {
      name: 'tells of a secret that is removed, which reads no longer find by then',
      limit: 60_000,
      run: async (context) => {
        const { name } = await context.seed();
        await context.seed();
        const store = await context.open();
        await watching(context, store, {}, async (changes) => {
          await changes.begun(name);
          await context.backend.remove(name);
          await changes.until('a removal was not told', (change) => isOf(change, name, 'removed'));
          const read = store.get({ name, metadata: NO_METADATA }, { signal: context.signal });
          await expectFailure('get after the removal was told', read, 'not_found');
        });
      },
    },
    {
      name: 'tells only of the names that it is asked for',
      limit: 60_000,
      run: async (context) => {
        const [first, other, last] = (await context.seedMany(3)) as [SeededSecret, SeededSecret, SeededSecret];
        const store = await context.open();
        await watching(context, store, { names: [first.name, last.name] }, async (changes) => {
          await changes.begun(first.name);
          await reseed(context, other.name);
          await reseed(context, last.name);
          await changes.until('a change was not told', ({ name }) => {
            if (name === other.name) context.fail('watch told of a secret that it was not asked for');
            return name === last.name;
          });
        });
      },
    },
    {
      name: 'ends when it is given up, with nothing to tell',
      limit: 10_000,
      run: async (context) => {
        const secret = await context.seed();
        const store = await context.open();
        await watching(context, store, { names: [freshName()] }, async () => await sleep(100));
        await expectRead(context, store, secret, { call: 'get after the watching has ended' });
      },
    },
  ],
  undeclared: {
    name: 'has no watch method, as it does not declare WATCH',
    run: async (context) => {
      const store = await context.open();
      if (store.watch !== undefined) context.fail('the store has a watch method: declare the feature WATCH');
    },
  },
};

async function reseed(context: CheckContext, name: string): Promise<void> {
  await context.seed({ name, values: secretTable([[name, freshValue()]]) });
}

function isOf(change: SecretChange, name: string, kind: SecretChange['kind']): boolean {
  return change.name === name && change.kind === kind;
}

/** Milliseconds between two changes of which one has to be told. */
const PAUSE = 500;
/** Milliseconds in which a change has to be told. */
const PATIENCE = 15_000;

/** What a store tells, as a check asks for it. */
interface Changes {
  /** Changes this secret again and again until it is told: nobody can see when a store has begun to watch. */
  begun(name: string): Promise<void>;
  /** Until a change that fits was told. `otherwise` says what is wrong when none was. */
  until(otherwise: string, fits: (change: SecretChange) => boolean | Promise<boolean>): Promise<void>;
}

/** Watches while the check works. Fails when the watching ends before that, or does not end when it is given up. */
async function watching(
  context: CheckContext,
  store: SecretStore,
  request: WatchRequest,
  work: (changes: Changes) => Promise<void>,
): Promise<void> {
  const end = new AbortController();
  const signal = AbortSignal.any([end.signal, context.signal]);
  const iterator = declaredMethod(store, 'watch')(request, { signal })[Symbol.asyncIterator]();
  const step = (): Promise<IteratorResult<SecretChange>> => {
    const result = iterator.next();
    // It is looked at later.
    result.catch(() => undefined);
    return result;
  };
  let next = step();
  const told = async (fits: (change: SecretChange) => boolean | Promise<boolean>): Promise<true> => {
    for (;;) {
      const { value, done } = await next;
      if (done) throw new CheckFailure('watch has ended, although nobody has given it up');
      next = step();
      if (await fits(value)) return true;
    }
  };
  const until: Changes['until'] = async (otherwise, fits) => {
    const isTold = await Promise.race([told(fits), sleep(PATIENCE, false, { ref: false })]);
    if (!isTold) throw new CheckFailure(`${otherwise} within ${PATIENCE / 1000} s`);
  };
  const begun: Changes['begun'] = async (name) => {
    const first = told((change) => isOf(change, name, 'changed'));
    first.catch(() => undefined);
    const start = performance.now();
    for (let isTold = false; !isTold; ) {
      if (performance.now() - start > PATIENCE) throw new CheckFailure(`no change was told within ${PATIENCE / 1000} s`);
      await reseed(context, name);
      isTold = await Promise.race([first, sleep(PAUSE, false)]);
    }
  };
  try {
    await work({ until, begun });
  } finally {
    end.abort(new DOMException('the check has seen enough', 'AbortError'));
  }
  await endOf(next, iterator);
}

/** It may end quietly or with `canceled`, and may tell what it had to tell before. */
async function endOf(next: Promise<IteratorResult<SecretChange>>, iterator: AsyncIterator<SecretChange>): Promise<void> {
  try {
    for (let step = await next; !step.done; ) step = await iterator.next();
  } catch (cause) {
    if (!isSecretStoreError(cause)) throw new CheckFailure('watch ended with no SecretStoreError when it was given up');
    if (cause.code !== 'canceled') throw new CheckFailure(`watch ended with the code ${cause.code} when it was given up`);
  }
}
