// `npm run interop [-- --only go,java]`: other people's programs against the built cofferd, one folder each. Ends with
// `N passed, N failed, N skipped`.
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { turbo } from '../scripts/lib/command.mjs';
import { Failure, main } from '../scripts/lib/failure.mjs';
import { install } from '../scripts/lib/install.mjs';
import { createTools } from './lib/tools.mjs';

await main(async (argv) => {
  const { values } = parseArgs({ args: argv, options: { only: { type: 'string', default: '' } } });
  const targets = await chosenTargets(values.only.split(',').filter(Boolean));
  await install();
  if ((await turbo(['build'], { show: 'failure', args: ['--filter=@coffer/server...'] })) !== 0) {
    throw new Failure('The build failed; the reason is above.');
  }
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const target of targets) {
    const reason = await target.missing();
    const checks = reason === undefined ? await perform(target) : [{ name: 'all', skipped: reason }];
    for (const { name, failure, skipped } of checks) {
      const outcome = skipped !== undefined ? 'skipped' : failure !== undefined ? 'failed' : 'passed';
      count[outcome]++;
      console.log([`${outcome} ${target.name}: ${name}`, skipped ?? failure].filter(Boolean).join('\n  '));
    }
  }
  console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  return count.failed === 0 ? 0 : 1;
});

/** Every folder with a `target.mjs`, or those that are asked for. */
async function chosenTargets(only) {
  const targets = [];
  for (const folder of readdirSync(new URL('.', import.meta.url), { withFileTypes: true })) {
    if (folder.isDirectory() && folder.name !== 'lib') targets.push(await import(`./${folder.name}/target.mjs`));
  }
  const unknown = only.find((name) => !targets.some((target) => target.name === name));
  if (unknown !== undefined) {
    throw new Failure(`--only: there is no ${unknown}, but ${targets.map(({ name }) => name).join(', ')}`);
  }
  return only.length === 0 ? targets : targets.filter(({ name }) => only.includes(name));
}

/** A tool chain that breaks half-way is a failed check of its own: the other targets still run. */
async function perform(target) {
  const tools = createTools();
  try {
    return await target.run(tools);
  } catch (error) {
    return [{ name: 'all', failure: error.stack }];
  } finally {
    await tools.close();
  }
}
