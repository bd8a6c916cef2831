import type { Coffer } from '@coffer/core';
import { type CommandInput, type CommandRun, listOption } from '../command.ts';
import { type CommandContext, withStores } from '../context.ts';
import { Failure } from '../failure.ts';
import { mapBounded } from '../map-bounded.ts';
import { runChild } from '../run/child.ts';
import { parseSecretSpec, type SecretSpec } from '../run/secret-spec.ts';
import { checkValue, pickValue, variablesOf } from '../run/variables.ts';

/** Reads at once; equal reads are shared by core. */
const CONCURRENCY = 10;

/** Runs a command with secrets in its environment. They are read first, all of them, and the stores closed again. */
export const run: CommandRun = async (input, context) => {
  const [command, ...args] = input.arguments;
  const specs = listOption(input, 'secret').map(parseSecretSpec);
  const stores = listOption(input, 'store');
  if (specs.length === 0 && stores.length === 0) {
    throw new Failure('usage', 'no secret was chosen', {
      hint: 'name secrets with --secret VARIABLE=store/name#key, or a whole store with --store',
    });
  }
  const wanted = [...new Set([...stores, ...specs.map(({ store }) => store)])];
  const variables = await withStores(context, wanted, (coffer) => readVariables(coffer, input, specs, context));
  for (const [variable, value] of variables) checkValue(variable, value);
  context.signal.throwIfAborted();
  context.release();
  const environment = { ...context.environment, ...Object.fromEntries(variables) };
  return { exitCode: await runChild(command as string, args, environment) };
};

/** Whole stores in the order given, then single secrets, which win. */
async function readVariables(
  coffer: Coffer,
  input: CommandInput,
  specs: readonly SecretSpec[],
  { signal }: CommandContext,
): Promise<ReadonlyMap<string, string>> {
  const mapping = { prefix: String(input.options.prefix ?? ''), keepCase: input.options.keepCase === true };
  const [whole, single] = await Promise.all([
    mapBounded(listOption(input, 'store'), CONCURRENCY, async (store) =>
      variablesOf(store, await coffer.getBulkSecret(store, { signal }), mapping),
    ),
    mapBounded(
      specs,
      CONCURRENCY,
      async (spec): Promise<[string, string]> => [
        spec.variable,
        pickValue(spec, await coffer.getSecret(spec.store, spec.name, { signal })),
      ],
    ),
  ]);
  return new Map([...whole.flatMap((variables) => [...variables]), ...single]);
}
