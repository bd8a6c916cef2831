// `npm run bench [-- options]`: starts the contenders in turn, several rounds, and prints the medians side by side.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { turbo } from '../scripts/lib/command.mjs';
import { Failure, main } from '../scripts/lib/failure.mjs';
import { install } from '../scripts/lib/install.mjs';
import { root } from '../scripts/lib/workspace.mjs';
import { contenders, writeResources } from './contenders.mjs';
import { measure } from './measure.mjs';
import { heading, table } from './report.mjs';

await main(async (argv) => {
  const options = readOptions(argv);
  if (!existsSync('/proc/self/stat')) throw new Failure('The bench reads CPU time and memory from /proc and needs Linux.');
  await install();
  const node = path.join(root, 'node_modules/.bin/node');
  const taking = contenders(node).filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  if (taking.length === 0)
    throw new Failure(
      `--only: no such contender; there are ${contenders(node)
        .map(({ name }) => name)
        .join(', ')}`,
    );
  if (taking.some(({ name }) => name === 'cofferd')) await build();
  const directory = mkdtempSync(path.join(os.tmpdir(), 'bench-'));
  try {
    writeResources(directory);
    const results = new Map(taking.map(({ name }) => [name, []]));
    for (let round = 1; round <= options.rounds; round++) {
      for (const contender of taking) {
        console.error(`round ${round} of ${options.rounds}: ${contender.name}`);
        results.get(contender.name).push(await measure(contender, { directory, node, ...options }));
      }
    }
    const nodeVersion = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    console.log(`\n${heading({ nodeVersion, ...options })}\n\n${table(results, options.connections)}`);
  } finally {
    rmSync(directory, { recursive: true });
  }
  return 0;
});

async function build() {
  const code = await turbo(['build'], { show: 'failure', args: ['--filter=@coffer/server...'] });
  if (code !== 0) throw new Failure('The build failed; the reason is above.');
}

function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      seconds: { type: 'string', default: '3' },
      warmup: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '5' },
      connections: { type: 'string', default: '1,32' },
      only: { type: 'string', default: '' },
    },
  });
  return {
    seconds: positive('seconds', values.seconds),
    warmup: positive('warmup', values.warmup),
    rounds: positive('rounds', values.rounds),
    connections: values.connections.split(',').map((text) => positive('connections', text)),
    only: values.only.split(',').filter(Boolean),
  };
}

function positive(name, text) {
  const value = Number(text);
  if (!(value > 0)) throw new Failure(`--${name}: ${JSON.stringify(text)} is not a number above 0`);
  return value;
}
