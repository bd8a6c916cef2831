#!/usr/bin/env node
// Replays recorded cases of a real Dapr sidecar against any server command and reports every difference.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadCases, needs, needsGrpcLibrary, runCase } from './replay/cases.mjs';
import { excusesFor, unexcused } from './replay/excuses.mjs';
import { loadGrpc } from './replay/grpc-library.mjs';

const USAGE =
  'usage: replay.mjs [--cases DIR] [--only REGEX] [--without NEEDS] [--excuses FILE] [--jobs N] [--keep] -- SERVER [ARG...]';

function usage(problem) {
  console.error(`${problem}\n${USAGE}`);
  process.exit(2);
}

function readCommandLine() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        cases: { type: 'string' },
        only: { type: 'string', default: '' },
        without: { type: 'string', default: '' },
        excuses: { type: 'string' },
        jobs: { type: 'string', default: '2' },
        keep: { type: 'boolean', default: false },
      },
    });
    return { ...values, command: positionals };
  } catch (error) {
    return usage(error.message);
  }
}

const options = readCommandLine();
if (options.command.length === 0) usage('no server command after --');
// Servers run in a directory of their own: what names a file here must go on naming it.
const command = options.command.map((part) => (!part.startsWith('-') && fs.existsSync(part) ? path.resolve(part) : part));
const without = options.without.split(',');
const only = new RegExp(options.only);
const excuses = options.excuses === undefined ? [] : JSON.parse(fs.readFileSync(options.excuses, 'utf8'));
const grpcLibrary = await loadGrpc();
const queue = loadCases(options.cases === undefined ? {} : { folder: options.cases }).filter(
  ({ id, title }) => only.test(id) || only.test(`${id} ${title}`),
);
if (queue.length === 0) usage('no case matches');

const counts = { passed: 0, failed: 0, skipped: 0 };
async function worker() {
  for (let testCase = queue.shift(); testCase; testCase = queue.shift()) {
    const name = `${testCase.id} ${testCase.title}`;
    const reason = skipReason(testCase);
    const excused = excusesFor(excuses, testCase.id);
    const answered = reason === undefined ? await runCase(testCase, { command, keep: options.keep, grpcLibrary }) : [];
    const failures = reason === undefined ? unexcused(answered, excused) : [];
    if (reason !== undefined) console.log(`skip ${name}: ${reason}`);
    else if (failures.length === 0) console.log(`ok ${name}${excused.length > 0 ? ` (${excused.length} steps excused)` : ''}`);
    else
      console.log(
        [`FAIL ${name}`, ...failures.flatMap(({ step, lines }) => [`    ${step}`, ...lines.map((line) => `      ${line}`)])].join(
          '\n',
        ),
      );
    counts[reason !== undefined ? 'skipped' : failures.length === 0 ? 'passed' : 'failed']++;
  }
}

function skipReason(testCase) {
  const unmet = needs(testCase).filter((need) => without.includes(need));
  if (unmet.length > 0) return `needs ${unmet.join(', ')}`;
  if (needsGrpcLibrary(testCase) && grpcLibrary === undefined) return '@grpc/grpc-js and @grpc/proto-loader not found';
  return undefined;
}

await Promise.all(Array.from({ length: Number(options.jobs) }, worker));
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed > 0 ? 1 : 0);
