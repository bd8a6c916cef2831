import { type RequestMetadata, type SecretStore, type SecretValues, secretTable } from '@coffer/core/driver';
import { type CheckContext, freshValue } from '../check-context.ts';
import { CheckFailure, type Exercise } from '../exercise.ts';
import { expectValues, quoted } from '../expect.ts';
import { expectRead } from '../reading/expect-read.ts';
import { NO_METADATA, readAll } from '../reading/read-all.ts';
import type { BulkScenario, GetScenario, HintScenario } from '../test-bed.ts';

/** Hints of other drivers, of the runtime, and of nobody. */
const HINTS: readonly string[] = [
  'namespace',
  'version_id',
  'version_stage',
  'VersionID',
  'version',
  'path',
  'maxresults',
  'no-such-hint',
  '__proto__',
  'constructor',
  '',
];

export const requestMetadata: Exercise = {
  name: 'request-metadata',
  title: 'honours the hints of a request that it declares, and ignores all others',
  checks: [
    {
      name: 'ignores hints that it does not declare, in every kind of read',
      run: async (context) => {
        const { name, values } = await context.seed();
        const store = await context.open();
        const hints = undeclaredHints(context);
        for (const hint of hints) {
          const metadata = Object.freeze(secretTable([[hint, freshValue()]]));
          await expectRead(
            context,
            store,
            { name, values },
            { call: `get with the undeclared hint ${quoted([hint])}`, metadata },
          );
        }
        const metadata = Object.freeze(secretTable(hints.map((hint) => [hint, freshValue()])));
        await expectReads(context, store, { name, values, metadata });
      },
    },
    {
      name: 'honours every hint that it declares, and that alone',
      limit: 60_000,
      run: async (context) => {
        const { definition, backend } = context;
        const fields = definition.requestMetadata.map((field) => field.name).filter((name) => name !== backend.versionHint);
        const shown = new Map(fields.map((field) => [field, backend.hints?.[field]]));
        for (const [field, scenario] of shown) if (scenario !== undefined) await expectHonoured(context, field, scenario);
        const left = fields.filter((field) => shown.get(field) === undefined);
        if (left.length > 0) context.skip(`the test bed has no scenario of ${quoted(left)}`);
      },
    },
  ],
};

/** Also the declared ones in other letters: their case counts. */
function undeclaredHints({ definition }: CheckContext): readonly string[] {
  const declared = definition.requestMetadata.map(({ name }) => name);
  const strange = declared.map((name) => (name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase()));
  return [...HINTS, ...strange].filter((name) => !declared.includes(name));
}

interface HintedRead {
  readonly name: string;
  readonly values: SecretValues;
  readonly metadata: RequestMetadata;
}

async function expectReads(context: CheckContext, store: SecretStore, { name, values, metadata }: HintedRead): Promise<void> {
  const { signal } = context;
  await expectRead(context, store, { name, values }, { call: 'get with undeclared hints', metadata });
  const all = await readAll(context, store, { metadata });
  expectValues('the bulk read with undeclared hints', all[name] ?? undefined, values);
  const many = await store.getMany?.({ names: [name], metadata }, { signal });
  if (many !== undefined) expectValues('getMany with undeclared hints', many.found[name]?.data, values);
  if (store.list === undefined) return;
  const listed: string[] = [];
  for await (const page of store.list({ metadata }, { signal })) listed.push(...page);
  if (!listed.includes(name)) throw new CheckFailure('list with undeclared hints did not tell a secret that is there');
}

async function expectHonoured(context: CheckContext, field: string, scenario: HintScenario): Promise<void> {
  const prepared = await scenario.prepare();
  for (const name of 'names' in prepared ? prepared.names : [prepared.name]) context.removeLater(name);
  const metadata = Object.freeze(secretTable(Object.entries(prepared.metadata)));
  const store = await context.open();
  if ('fits' in prepared) await expectBulkHonoured(context, store, field, { ...prepared, metadata });
  else await expectGetHonoured(context, store, field, { ...prepared, metadata });
}

async function expectGetHonoured(
  context: CheckContext,
  store: SecretStore,
  field: string,
  { name, metadata, read }: GetScenario,
): Promise<void> {
  await expectRead(context, store, { name, values: read }, { call: `get with the hint ${field}`, metadata });
  const plain = await store.get({ name, metadata: NO_METADATA }, { signal: context.signal }).catch(() => undefined);
  if (plain?.data && isSame(plain.data, read)) context.fail(`get answers the same with the hint ${field} and without it`);
}

async function expectBulkHonoured(
  context: CheckContext,
  store: SecretStore,
  field: string,
  { metadata, fits }: BulkScenario,
): Promise<void> {
  const hinted = Object.keys(await readAll(context, store, { metadata }));
  if (!fits(hinted))
    context.fail(`the bulk read with the hint ${field} answered ${quoted(hinted)}, which is not what the hint asks for`);
  const plain = Object.keys(await readAll(context, store));
  if (fits(plain)) context.fail(`the bulk read answers the same with the hint ${field} and without it`);
}

function isSame(data: SecretValues, expected: SecretValues): boolean {
  const keys = Object.keys(expected);
  return Object.keys(data).length === keys.length && keys.every((key) => data[key] === expected[key]);
}
