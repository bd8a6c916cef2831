import type { SecretData, SecretStore, SecretTable, SecretValues } from '@coffer/core/driver';
import type { CheckContext } from '../check-context.ts';
import { CheckFailure, type Exercise } from '../exercise.ts';
import { expectTable, expectValues, quoted } from '../expect.ts';
import { definitionProblems } from '../reading/definition-problems.ts';
import { expectRead } from '../reading/expect-read.ts';
import { NO_METADATA, readAll } from '../reading/read-all.ts';

export const contract: Exercise = {
  name: 'contract',
  title: 'has the shape of a driver, and answers in the shapes of the contract',
  checks: [
    {
      name: 'has a definition as the contract says',
      run: async ({ definition, fail }) => {
        const problems = definitionProblems(definition);
        if (problems.length > 0) fail(`the definition: ${problems.join('; ')}`);
      },
    },
    {
      name: 'allocates stores with the methods of the contract, one for each call',
      run: async (context) => {
        const [store, other] = [await context.create(), await context.create()];
        if (store === other) context.fail('create gave the same store twice');
        for (const method of ['init', 'get', 'features', 'close'] as const) {
          if (typeof store[method] !== 'function') context.fail(`the store has no method ${method}`);
        }
        if (store.bulkGet === undefined && store.list === undefined) {
          context.fail('the store has neither bulkGet nor list, so nobody can read all of it');
        }
      },
    },
    {
      name: 'tells its features at any time, and none that its definition lacks',
      run: async (context) => {
        const store = await context.create();
        expectDeclared(context, store, 'before init');
        await store.init(context.initContext(), { signal: context.signal });
        expectDeclared(context, store, 'after init');
        await store.close();
        expectDeclared(context, store, 'after close');
      },
    },
    {
      name: 'answers with text alone, with a version that is text, and with times in milliseconds',
      run: async (context) => {
        const { name } = await context.seed();
        const store = await context.open();
        expectWellFormed('get', await store.get({ name, metadata: NO_METADATA }, { signal: context.signal }));
        const { found } = (await store.getMany?.({ names: [name], metadata: NO_METADATA }, { signal: context.signal })) ?? {};
        if (found?.[name] !== undefined) expectWellFormed('getMany', found[name]);
        const all = await readAll(context, store);
        if (all[name]) expectText('the bulk read', all[name]);
      },
    },
    {
      name: "answers are the caller's own: what is done to one is not in the next",
      run: async (context) => {
        const { name, values } = await context.seed();
        const store = await context.open();
        const { data } = await expectRead(context, store, { name, values });
        spoil(data, name);
        await expectRead(context, store, { name, values }, { call: 'get after an earlier answer was changed' });
        const all = await readAll(context, store);
        spoil(all[name], name);
        spoil(all, name);
        const call = 'the bulk read after an earlier answer was changed';
        expectValues(call, (await readAll(context, store))[name] ?? undefined, values);
        await expectRead(context, store, { name, values }, { call: 'get after an answer to a bulk read was changed' });
      },
    },
  ],
};

function expectDeclared(context: CheckContext, store: SecretStore, when: string): void {
  let features: unknown;
  try {
    features = store.features();
  } catch {
    throw new CheckFailure(`features() throws ${when}`);
  }
  if (!Array.isArray(features)) throw new CheckFailure(`features() gives no array ${when}`);
  const undeclared = features.map(String).filter((feature) => !context.definition.features.includes(feature));
  if (undeclared.length === 0) return;
  throw new CheckFailure(`features() gives ${quoted(undeclared)} ${when}, which the definition does not declare`);
}

/** Times of this range are milliseconds since the epoch; seconds would lie before, microseconds after it. */
const EARLIEST = Date.UTC(2001, 8, 9);
const LATEST = Date.UTC(5000, 0, 1);

function expectWellFormed(call: string, { data, version, expiresAt }: SecretData): void {
  if (data) expectText(call, data);
  if (version !== undefined && (typeof version !== 'string' || version === '')) {
    throw new CheckFailure(`${call} answered with a version that is ${version === '' ? 'empty' : `a ${typeof version}`}`);
  }
  if (expiresAt === undefined) return;
  if (typeof expiresAt !== 'number' || !(expiresAt > EARLIEST && expiresAt < LATEST)) {
    throw new CheckFailure(`${call} answered with an expiresAt that is no time in milliseconds: ${String(expiresAt)}`);
  }
}

function expectText(call: string, values: SecretValues): void {
  expectTable(call, values);
  for (const [key, value] of Object.entries(values)) {
    if (typeof value !== 'string') throw new CheckFailure(`${call} answered with a ${typeof value} under ${quoted([key])}`);
  }
}

/** A frozen answer refuses, and that keeps the next caller safe too. */
function spoil(answer: SecretTable<unknown> | null | undefined, name: string): void {
  if (answer === null || answer === undefined) return;
  Reflect.set(answer, name, 'changed by the kit');
  Reflect.set(answer, `${name}-added`, 'added by the kit');
}
