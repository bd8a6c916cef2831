// `npm run bench [-- options]`: starts the contenders in turn, several rounds, and prints the medians side by side; with `--bulk`,
// bulk reads of every driver from a fake of its service.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { turbo } from '../scripts/lib/command.mjs';
import { Failure, main } from '../scripts/lib/failure.mjs';
import { install } from '../scripts/lib/install.mjs';
import { root } from '../scripts/lib/workspace.mjs';
import { measureBulk, measuredDrivers, measureImports } from './bulk/run.mjs';
import { apis, contenders, writeResources } from './contenders.mjs';
import { measure } from './measure.mjs';
import { bulkHeading, bulkTable, heading, table } from './report.mjs';

await main(async (argv) => {
  const options = readOptions(argv);
  if (!existsSync('/proc/self/stat')) throw new Failure('The bench reads CPU time and memory from /proc and needs Linux.');
  await install();
  const node = path.join(root, 'node_modules/.bin/node');
  const nodeVersion = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  if (options.bulk) return await bulk({ node, nodeVersion, ...options });
  const taking = new Map(options.apis.map((api) => [api, chosen(contenders(api, node), options.only)]));
  const names = [...taking.values()].flat().map(({ name }) => name);
  if (names.length === 0) throw new Failure('--only: no such contender; bench/README.md lists them');
  if (names.includes('cofferd')) await build('@coffer/server');
  const directory = mkdtempSync(path.join(os.tmpdir(), 'bench-'));
  try {
    writeResources(directory);
    for (const [api, those] of taking) {
      const results = await rounds(those, { api, directory, node, ...options });
      const { baseline } = apis[api];
      console.log(`\n${api}, ${heading({ nodeVersion, ...options })}\n\n${table(results, { baseline, ...options })}`);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  return 0;
});

async function rounds(taking, options) {
  const results = new Map(taking.map(({ name }) => [name, []]));
  for (let round = 1; round <= options.rounds; round++) {
    for (const contender of taking) {
      console.error(`${options.api}, round ${round} of ${options.rounds}: ${contender.name}`);
      results.get(contender.name).push(await measure(contender, options));
    }
  }
  return results;
}

function chosen(all, only) {
  return all.filter(({ name }) => only.length === 0 || only.includes(name));
}

async function bulk(options) {
  const drivers = measuredDrivers();
  const taking = drivers.filter((name) => options.only.length === 0 || options.only.includes(name));
  if (taking.length === 0) throw new Failure(`--only: no such driver, but ${drivers.join(', ')}`);
  await build('./packages/stores/*');
  const results = [];
  for (const driver of taking) {
    console.error(driver);
    results.push(await measureBulk(driver, options));
  }
  const { drivers: count, milliseconds, most } = measureImports(options);
  console.log(`\n${bulkHeading(options)}\n\n${bulkTable(results)}`);
  console.log(
    `\nImporting the entries of all ${count} drivers together: ${milliseconds.toFixed(1)} ms (at most ${most.toFixed(1)}).`,
  );
  return 0;
}

async function build(filter) {
  const code = await turbo(['build'], { show: 'failure', args: [`--filter=${filter}...`] });
  if (code !== 0) throw new Failure('The build failed; the reason is above.');
}

function readOptions(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      seconds: { type: 'string', default: '3' },
      warmup: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '5' },
      'in-flight': { type: 'string', default: '1,32' },
      api: { type: 'string', default: 'http,grpc' },
      only: { type: 'string', default: '' },
      bulk: { type: 'boolean', default: false },
      secrets: { type: 'string', default: '1000' },
      delay: { type: 'string', default: '20' },
    },
  });
  return {
    seconds: positive('seconds', values.seconds),
    warmup: positive('warmup', values.warmup),
    rounds: positive('rounds', values.rounds),
    inFlight: values['in-flight'].split(',').map((text) => positive('in-flight', text)),
    apis: values.api.split(',').map(knownApi),
    only: values.only.split(',').filter(Boolean),
    bulk: values.bulk,
    secrets: positive('secrets', values.secrets),
    delay: positive('delay', values.delay),
  };
}

function knownApi(text) {
  if (!Object.hasOwn(apis, text)) throw new Failure(`--api: ${JSON.stringify(text)} is neither http nor grpc`);
  return text;
}

function positive(name, text) {
  const value = Number(text);
  if (!(value > 0)) throw new Failure(`--${name}: ${JSON.stringify(text)} is not a number above 0`);
  return value;
}
