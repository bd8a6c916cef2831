import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { drivers } from '../../../backends/lib/drivers.mjs';
import { fill } from '../../../backends/lib/fill.mjs';
import { chosenJobs, describeJobs, jobsOf, readOptions } from '../../../backends/lib/options.mjs';
import { countsOf as countsOfReplay, divided } from '../../../backends/lib/recorded.mjs';
import { hasFailed, type Outcome, table } from '../../../backends/lib/report.mjs';
import { countsOf as countsOfSuite } from '../../../backends/lib/suite.mjs';
import { type GoldenCase, loadCases } from './golden/replay/cases.mjs';
import { type Excuse, unexcused } from './golden/replay/excuses.mjs';

// The logic of `npm run test:backends`; what it runs needs real backends.

const golden = new URL('golden/backends/', import.meta.url);
const jobs = jobsOf(drivers);
afterEach(() => vi.unstubAllEnvs());

describe('what is chosen', () => {
  test('every driver with its backends, and its recorded cases where they were recorded', () => {
    const recorded = jobs.filter(({ kind }) => kind === 'recorded').map(({ file }) => file);
    expect(recorded.toSorted()).toEqual(readdirSync(new URL('cases', golden)).toSorted());
    expect(jobs.filter(({ backend }) => backend === undefined)).toEqual([]);
    expect(describeJobs(jobs)).toContain('hashicorp-vault on openbao (from PyPI');
  });

  test('names of one sort widen the choice, of another one narrow it', () => {
    const chosen = (...only: string[]) =>
      chosenJobs(jobs, only).map(({ driver, backend, kind }) => `${driver} ${backend.name} ${kind}`);
    const kinds = ['suite', 'conformance', 'recorded'];
    expect(chosen('kubernetes')).toEqual(kinds.map((kind) => `kubernetes kube-apiserver ${kind}`));
    expect(chosen('aws-parameter-store', 'ministack', 'conformance')).toEqual(['aws-parameter-store ministack conformance']);
    expect(chosen('hashicorp-vault', 'kubernetes', 'recorded')).toHaveLength(2);
    expect(chosen()).toHaveLength(jobs.length);
    expect(() => chosen('vault')).toThrow(/--only: there is no vault, but .*hashicorp-vault/);
  });

  test('a flag that is none and a delay that is none are said', () => {
    expect(readOptions(['--only', 'moto,openbao', '--delay', '20'])).toMatchObject({ only: ['moto', 'openbao'], delay: 20 });
    expect(() => readOptions(['--onyl', 'moto'])).toThrow(/--onyl/);
    expect(() => readOptions(['--delay', 'soon'])).toThrow(/--delay/);
  });

  test('a backend that is not there is missing with what to give', async () => {
    for (const [variable, driver] of [
      ['COFFER_TEST_AZURE_VAULT_URL', 'azure-key-vault'],
      ['COFFER_TEST_GCP_ENDPOINT', 'gcp-secret-manager'],
    ] as const) {
      vi.stubEnv(variable, undefined);
      const backend = drivers.find(({ name }) => name === driver)?.backends[0];
      await expect(backend?.start({}, {})).rejects.toThrow(`give ${variable}`);
    }
  });
});

describe('what is counted', () => {
  const outcome = (more: Partial<Outcome>): Outcome => ({
    ...{ driver: 'a', backend: 'b', kind: 'suite', passed: 1, failed: 0, skipped: 0, reasons: [] },
    ...more,
  });

  test('a suite: its tests, their reasons, and a failure when nothing was shown', () => {
    const tests = [{ state: 'passed' }, { state: 'skipped', note: 'no IAM' }, { state: 'skipped', note: 'no IAM' }];
    expect(countsOfSuite(tests, 0)).toEqual({ passed: 1, failed: 0, skipped: 2, reasons: ['no IAM'] });
    expect(countsOfSuite([{ state: 'failed' }], 1)).toMatchObject({ passed: 0, failed: 1 });
    expect(countsOfSuite([{ state: 'passed' }], 1)).toMatchObject({ passed: 1, failed: 1 });
    expect(countsOfSuite([{ state: 'skipped' }], 0)).toMatchObject({ failed: 1, reasons: ['no reason given'] });
    expect(countsOfSuite([], 0)).toMatchObject({ failed: 1 });
  });

  test('a replay: its last line, and a failure when it did not get there', () => {
    const output = 'ok vault-1 one\nskip vault-2 two: no library\n2 passed, 1 failed, 1 skipped\n';
    expect(countsOfReplay(output)).toEqual({ passed: 2, failed: 1, skipped: 1, reasons: ['no library'] });
    expect(countsOfReplay('ok vault-1 one\n')).toMatchObject({ passed: 0, failed: 1 });
  });

  test('the table, and whether the run has failed', () => {
    const outcomes = [
      outcome({ driver: 'kubernetes', version: '1.37.2', passed: 12 }),
      outcome({ passed: 0, skipped: 1, reasons: ['give X'] }),
    ];
    expect(table(outcomes).split('\n')).toEqual([
      'driver      backend  version  cases  passed  failed  skipped',
      'kubernetes  b        1.37.2   suite  12      0       0',
      'a           b        -        suite  0       0       1 (give X)',
    ]);
    expect(hasFailed(outcomes)).toBe(false);
    expect(hasFailed([...outcomes, outcome({ failed: 1 })])).toBe(true);
  });
});

describe('recorded cases', () => {
  const files = readdirSync(new URL('cases', golden));
  const documents = files.map((file) => JSON.parse(readFileSync(new URL(`cases/${file}`, golden), 'utf8')));
  const cases: readonly GoldenCase[] = documents.flatMap((document) => document.cases);
  const excuses: readonly Excuse[] = JSON.parse(readFileSync(new URL('not-reproduced.json', golden), 'utf8'));

  test('all of them are there, and apart from those that need no backend', () => {
    expect(cases).toHaveLength(108);
    expect(loadCases().some(({ id }) => cases.some((other) => other.id === id))).toBe(false);
  });

  test('every excuse names a case, steps of it and a row of docs/deviations.md', () => {
    const deviations = readFileSync(new URL('../../../docs/deviations.md', import.meta.url), 'utf8');
    for (const { id, steps, deviation } of excuses) {
      const labels = documents.flatMap((document) => document.cases).find((one) => one.id === id)?.steps;
      expect(steps.filter((step) => !labels?.some(({ label }: { label?: string }) => label === step))).toEqual([]);
      expect(deviations).toContain(`| ${deviation} |`);
    }
  });

  test('an excused step that answers as recorded is a failure', () => {
    const failures = [{ step: 'get a', lines: ['differs'] }];
    expect(unexcused(failures, [])).toEqual(failures);
    expect(unexcused(failures, ['get a'])).toEqual([]);
    expect(unexcused([], ['get a'])).toEqual([{ step: 'get a', lines: [expect.stringContaining('answers as recorded now')] }]);
  });

  test('a case that needs a backend which is not there is told apart', () => {
    const [own, other] = [{ files: { a: '{{dir}} {{httpPort}} {{vaultAddr}}' } }, { files: { b: '{{kubeServer}}' } }];
    expect(divided([own, other], { vaultAddr: 'x' })).toEqual({ possible: [own], impossible: [other] });
  });

  test('fill leaves what the replay knows', () => {
    expect(fill({ '{{a}}': ['{{a}}{{dir}}', 1, null] }, { a: 'x' })).toEqual({ x: ['x{{dir}}', 1, null] });
  });

  test('what is installed is pinned by hash', () => {
    for (const name of ['openbao', 'moto', 'ministack']) {
      const file = new URL(`../../../backends/${name}/requirements.txt`, import.meta.url);
      expect(existsSync(file)).toBe(true);
      const entries = readFileSync(file, 'utf8').split(/\n(?=\S)/);
      expect(entries.filter((entry) => !/^\S+==\S+[\s\S]*--hash=sha256:/.test(entry))).toEqual([]);
    }
  });
});
