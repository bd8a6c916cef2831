import { describe, expect, it } from 'vitest';
import { badgeOf } from './badge.ts';
import { pageOf } from './page.ts';
import { type CheckResult, type ConformanceReport, isCertified } from './report.ts';

const reportOf = (...checks: CheckResult[]): ConformanceReport => ({
  kit: { name: '@coffer/conformance', version: '1.0.0', contract: 1 },
  driver: {
    package: 'coffer-store-acme',
    version: '1.2.0',
    type: 'secretstores.acme',
    componentVersion: 'v1',
    title: 'Acme <& Co>',
    status: 'stable',
    features: [],
  },
  backend: { name: 'fake', tier: 'fake' },
  date: '2026-11-25T00:00:00.000Z',
  platform: 'v24.0.0 linux x64',
  exercises: [{ name: 'get', title: 'reads', checks }],
  operations: [{ operation: 'GET <name>', calls: 3 }],
});
const passed: CheckResult = { name: 'reads what is there', outcome: 'passed' };
const failed: CheckResult = { name: 'tells <missing>', outcome: 'failed', reason: 'it "succeeded" & more' };
const skipped: CheckResult = { name: 'versions', outcome: 'skipped', reason: 'none' };

describe('isCertified', () => {
  it.each([
    ['all passed', [passed], true],
    ['some skipped', [passed, skipped], true],
    ['one failed', [passed, failed], false],
    ['nothing was done', [skipped], false],
    ['no check at all', [], false],
  ])('%s: %s', (_, checks, expected) => expect(isCertified(reportOf(...checks))).toBe(expected));
});

describe('badgeOf', () => {
  it('tells the verdict, the number of checks and the strongest backend', () => {
    const real = { ...reportOf(passed, passed), backend: { name: 'service', tier: 'real' as const } };
    expect(badgeOf([reportOf(passed), real])).toContain('coffer driver: certified · 2 checks · real');
    expect(badgeOf([real, reportOf(failed)])).toContain('not certified');
    expect(badgeOf([])).toContain('not certified');
  });
});

describe('pageOf', () => {
  const page = pageOf([reportOf(passed, failed, skipped)]);

  it('escapes whatever a driver brings', () => {
    expect(page).toContain('Acme &lt;&amp; Co&gt;');
    expect(page).toContain('tells &lt;missing&gt;');
    expect(page).toContain('it &quot;succeeded&quot; &amp; more');
    expect(page).toContain('GET &lt;name&gt;');
  });

  it('opens what failed, and fetches nothing', () => {
    expect(page).toContain('<details open>');
    expect(page).toContain('Not certified: 1 passed, 1 failed, 1 skipped');
    expect(page).not.toMatch(/<script|https?:\/\/|<link|<img/);
  });
});
