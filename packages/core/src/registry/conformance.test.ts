import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConformance } from './conformance.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coffer-claim-'));
});
afterEach(() => rm(folder, { recursive: true }));

const reportOf = (outcomes: readonly string[], driver: object = {}) => ({
  kit: { name: '@coffer/conformance', version: '3.0.0', contract: 1 },
  driver: { package: 'coffer-store-acme', version: '1.2.0', type: 'secretstores.acme', componentVersion: 'v1', ...driver },
  backend: { name: 'fake', tier: 'fake' },
  exercises: [{ name: 'get', checks: outcomes.map((outcome) => ({ name: 'x', outcome })) }],
});
const claimOf = async (content: unknown, packageVersion = '1.2.0') => {
  const resultFile = join(folder, 'conformance.json');
  if (content !== undefined) await writeFile(resultFile, typeof content === 'string' ? content : JSON.stringify(content));
  const origin = { name: 'coffer-store-acme', version: packageVersion };
  return readConformance({ type: 'secretstores.acme', version: 'v1', package: origin, resultFile });
};

describe('readConformance', () => {
  it('tells the kit, the backends and how many checks came out how', async () => {
    expect(await claimOf({ reports: [reportOf(['passed', 'passed', 'skipped'])] })).toEqual({
      state: 'certified',
      kit: '3.0.0',
      backends: [{ name: 'fake', tier: 'fake', passed: 2, failed: 0, skipped: 1 }],
    });
  });

  it.each([
    ['a failed check', { reports: [reportOf(['passed']), reportOf(['failed'])] }, 'failed'],
    ['nothing but skipped checks', { reports: [reportOf(['skipped'])] }, 'failed'],
    ['a result of another version', { reports: [reportOf(['passed'], { version: '1.1.0' })] }, 'outdated'],
    ['a result of another package', { reports: [reportOf(['passed'], { package: 'other' })] }, 'outdated'],
    ['a result of another type', { reports: [reportOf(['passed'], { type: 'secretstores.other' })] }, 'outdated'],
    ['no report', { reports: [] }, 'none'],
    ['no file', undefined, 'none'],
    ['no JSON', '{', 'unreadable'],
    ['no reports', {}, 'unreadable'],
    ['reports that are none', { reports: [{}] }, 'unreadable'],
    ['null', 'null', 'unreadable'],
  ])('%s', async (_, content, state) => expect((await claimOf(content)).state).toBe(state));
});
