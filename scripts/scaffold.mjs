// `pnpm scaffold store <name>`: a new driver in packages/stores, in the repository's own form.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createDriver, UnusableInput } from '../packages/create-driver/src/index.ts';
import { Failure, main } from './lib/failure.mjs';
import { root } from './lib/workspace.mjs';

const USAGE = 'pnpm scaffold store <name> [--type secretstores.<type>] [--title <title>] [--force]';

await main(async (args) => {
  const { kind, name, ...options } = read(args);
  if (kind !== 'store' || name === undefined) throw new Failure(`usage: ${USAGE}`);
  const directory = path.join(root, 'packages/stores', name);
  const driver = await createDriver({ ...options, name: `@coffer/store-${name}`, directory, form: 'repository' }).catch(
    (error) => {
      throw error instanceof UnusableInput ? new Failure(`${error.message}\nhint: ${error.hint}`) : error;
    },
  );
  for (const file of driver.replaced) console.log(`replaced ${file}`);
  console.log(`${driver.files.length} files of a driver for ${driver.type} are in packages/stores/${name}

  pnpm install
  pnpm build --filter @coffer/store-${name}
  pnpm --filter @coffer/store-${name} test

Then its README.md: what to replace, what the contract asks, where the repository lists its drivers.`);
  return 0;
});

function read(args) {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { type: { type: 'string' }, title: { type: 'string' }, force: { type: 'boolean' } },
      allowPositionals: true,
    });
    const [kind, name, ...others] = positionals;
    return others.length > 0 ? {} : { ...values, kind, name };
  } catch (error) {
    throw new Failure(`${error.message.split('. ')[0]}\nusage: ${USAGE}`);
  }
}
