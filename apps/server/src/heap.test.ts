import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const HEAP = new URL('heap.ts', import.meta.url).href;

/** Megabytes of the young generation of a process that has made a lot of garbage, of which 20,000 objects are alive at a time. */
function youngGeneration(...nodeArguments: string[]): number {
  const program = `
    import { getHeapSpaceStatistics } from 'node:v8';
    const { keepHeapSmall } = await import(${JSON.stringify(HEAP)});
    keepHeapSmall();
    const alive = [];
    for (let count = 0; count < 2e6; count++) alive[count % 20_000] = { count, list: [count], text: 'text ' + count };
    const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    process.stdout.write(String(space_size));
  `;
  const args = [...nodeArguments, '--input-type=module', '--eval', program];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' })) / 1024 ** 2;
}

describe('keepHeapSmall', () => {
  it('keeps the young generation at the size it has', { timeout: 60_000 }, () => {
    expect(youngGeneration()).toBeLessThan(8);
  });

  it('leaves alone what Node was given sizes for', { timeout: 60_000 }, () => {
    expect(youngGeneration('--max-semi-space-size=16')).toBeGreaterThan(16);
  });
});
