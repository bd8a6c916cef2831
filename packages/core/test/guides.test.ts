import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mergeResiliencies, resolvePolicies } from '../src/resiliency/resolve.ts';
import { readResiliency } from '../src/resources/resiliency.ts';

it('docs/guides/resiliency.md shows a file that is read whole', async () => {
  const page = await readFile(new URL('../../../docs/guides/resiliency.md', import.meta.url), 'utf8');
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const directory = await mkdtemp(join(tmpdir(), 'coffer-guide-'));
  try {
    await writeFile(join(directory, 'r.yaml'), yaml);
    const { resiliencies, problems } = await readResiliency([directory], 'app1');
    expect(problems).toEqual([]);
    expect(resolvePolicies(mergeResiliencies(resiliencies), 'vault')).toMatchObject({
      timeout: { name: 'quick', milliseconds: 2000 },
      retry: { name: 'thrice', policy: { maxInterval: 5000, maxRetries: 3 } },
      circuitBreaker: { name: 'fuse', policy: { timeout: 30_000 } },
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});
