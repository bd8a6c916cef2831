import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type GoldenCase, loadCases, runCase, type StepFailure } from './golden/replay/cases.mjs';
import { type Excuse, excusesFor, unexcused } from './golden/replay/excuses.mjs';
import { loadGrpc } from './golden/replay/grpc-library.mjs';

// Recorded answers of a real daprd, sent to the built cofferd (golden/README.md).
const command = [process.execPath, fileURLToPath(new URL('../bin/cofferd.js', import.meta.url)), '--strict-dapr'];

const notReproduced: readonly Excuse[] = JSON.parse(readFileSync(new URL('golden/not-reproduced.json', import.meta.url), 'utf8'));
const grpcLibrary = await loadGrpc();
const cases = loadCases();

/** Cases in which a store has to be quicker than a policy: one at a time, before the others fill the machine. */
const TIMED = /^resiliency-(1|2-\d|5)$/;
const timed = cases.filter(({ id }) => TIMED.test(id));
const others = cases.filter(({ id }) => !TIMED.test(id));

describe('recorded answers, by the clock', { timeout: 120_000 }, () => {
  for (const testCase of timed) test(titleOf(testCase), () => replay(testCase));
});

describe.concurrent('recorded answers', { timeout: 120_000 }, () => {
  for (const testCase of others) test(titleOf(testCase), () => replay(testCase));
});

describe('not-reproduced.json', () => {
  test('has fewer than ten entries, each with a case and a row of docs/deviations.md', () => {
    const deviations = readFileSync(new URL('../../../docs/deviations.md', import.meta.url), 'utf8');
    const ids = new Set(cases.map(({ id }) => id));
    expect(notReproduced.length).toBeLessThan(10);
    expect(notReproduced.filter(({ id, deviation }) => !ids.has(id) || !deviations.includes(`| ${deviation} |`))).toEqual([]);
  });

  test('the recorded cases are there', () => expect(cases.length).toBeGreaterThanOrEqual(276));
});

async function replay(testCase: GoldenCase): Promise<void> {
  const failures = await runCase(testCase, { command, grpcLibrary });
  const unexpected = unexcused(failures, excusesFor(notReproduced, testCase.id));
  expect(unexpected.map(describeFailure).join('\n')).toBe('');
}

/** The cases of docs/cases.md that the recording covers, then its own id and title. */
function titleOf({ id, title, covers = [] }: GoldenCase): string {
  const numbers = covers.flatMap((place) => {
    const [, first, last = first] = /^18\.\d-(\d+)(?:\.\.(\d+))?$/.exec(place) ?? [];
    return Array.from({ length: Number(last) - Number(first) + 1 || 0 }, (_, i) => `18-${Number(first) + i}`);
  });
  return `${numbers.length > 0 ? `${numbers.join(' ')}: ` : ''}${id} ${title}`;
}

function describeFailure({ step, lines }: StepFailure): string {
  return [step, ...lines.map((line) => `  ${line}`)].join('\n');
}
