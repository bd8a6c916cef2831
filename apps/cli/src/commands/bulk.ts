import { type CommandRun, listOption } from '../command.ts';
import { withStores } from '../context.ts';
import { assignment, lines } from '../text.ts';
import { requestMetadata } from './request-metadata.ts';

/** Every secret of a store that the scopes allow: `secret=value`, or `secret/key=value` where a secret has several keys. */
export const run: CommandRun = async (input, context) => {
  const [store] = input.arguments as [string];
  const metadata = requestMetadata(listOption(input, 'metadata'));
  const secrets = await withStores(context, [store], (coffer) =>
    coffer.getBulkSecret(store, { metadata, signal: context.signal }),
  );
  const texts = Object.entries(secrets).flatMap(([name, values]) =>
    Object.entries(values).map(([key, value]) => assignment(key === name ? name : `${name}/${key}`, value)),
  );
  return { data: secrets, text: lines(texts.sort()) };
};
