import type { CommandRun } from '../command.ts';
import { listOption } from '../command.ts';
import { withStores } from '../context.ts';
import { Failure } from '../failure.ts';
import { assignment, lines, visible } from '../text.ts';
import { requestMetadata } from './request-metadata.ts';

/** One secret, or one key of it. A single value is printed exactly as it is, so that it can be piped. */
export const run: CommandRun = async (input, context) => {
  const [store, name, key] = input.arguments as [string, string, string?];
  const metadata = requestMetadata(listOption(input, 'metadata'));
  const values = await withStores(context, [store], (coffer) =>
    coffer.getSecret(store, name, { metadata, signal: context.signal }),
  );
  if (key !== undefined) {
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    if (value === undefined) throw noSuchKey(store, name, key, Object.keys(values));
    return { data: { [key]: value }, text: value };
  }
  const entries = Object.entries(values);
  const [only] = entries;
  if (only !== undefined && entries.length === 1) return { data: values, text: only[1] };
  return { data: values, text: lines(entries.map(([entry, value]) => assignment(entry, value))) };
};

export function noSuchKey(store: string, name: string, key: string, keys: readonly string[]): Failure {
  return new Failure('not_found', `secret ${visible(name)} of store ${visible(store)} has no key ${visible(key)}`, {
    hint: keys.length === 0 ? 'it has no keys at all' : `its keys are: ${keys.map(visible).join(', ')}`,
  });
}
