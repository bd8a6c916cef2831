import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COFFER_FAMILIES, DAPR_FAMILIES } from '../../src/metrics/catalogue.ts';
import { metricsTable } from '../../src/metrics/table.ts';

const page = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');

describe('docs/metrics.md', () => {
  it.each([
    ["Dapr's", DAPR_FAMILIES],
    ["Coffer's", COFFER_FAMILIES],
  ])('has the table of %s metrics as the code has it', (_, families) => expect(page).toContain(metricsTable(families)));

  it('has no metric that is not there', () => {
    const known = new Set([...Object.values(DAPR_FAMILIES), ...Object.values(COFFER_FAMILIES)].map(({ name }) => name));
    const named = [...page.matchAll(/\b(?:dapr|coffer)_[a-z_]+\b/g)].map(([name]) => name);
    const bare = named.map((name) => name.replace(/_(?:bucket|sum|count)$/, ''));
    expect(named.filter((name, at) => !known.has(name) && !known.has(bare[at] ?? ''))).toEqual([]);
  });

  it('every label is one that there can be few of, and none is the name of a secret', () => {
    const labels = new Set(Object.values(COFFER_FAMILIES).flatMap((family) => family.labels));
    expect([...labels].sort()).toEqual([
      'code',
      'component',
      'exporter',
      'node',
      'operation',
      'protocol',
      'reason',
      'resource',
      'result',
      'state',
      'version',
    ]);
  });
});
