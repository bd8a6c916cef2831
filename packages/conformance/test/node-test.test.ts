import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coffer-node-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What `node --test` says of a file that registers these exercises on this test bed. */
async function nodeTest(testBed: string, exercises: readonly string[]): Promise<{ code: number; stdout: string }> {
  const file = join(folder, `${exercises.join('-')}.test.ts`);
  const source = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  await writeFile(
    file,
    `import { after, before, describe, it } from 'node:test';
import { EXERCISES, registerConformance } from ${source('../src/index.ts')};
import { acmeTestBed } from ${source('./acme/test-bed.ts')};
const exercises = EXERCISES.filter(({ name }) => ${JSON.stringify(exercises)}.includes(name));
registerConformance(${testBed}, { describe, it, before, after }, { exercises });
`,
  );
  return await new Promise((resolve) => {
    const args = ['--conditions=@coffer/source', '--test', '--test-reporter=tap', file];
    // Within a run of one runner another one takes itself for a part of it.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    execFile(process.execPath, args, { env }, (failure, stdout) => resolve({ code: Number(failure?.code ?? 0), stdout }));
  });
}

describe('under node:test', () => {
  it('passes and skips as it does under any runner', async () => {
    const { code, stdout } = await nodeTest('acmeTestBed', ['get', 'failures', 'leaks', 'event-loop']);
    expect(stdout).toMatch(/ok \d+ - fails with not_found for a name that nobody has put there/);
    expect(stdout).toMatch(/# fail 0\n/);
    expect(code).toBe(0);
  });

  it('skips with the reason, and fails with what the driver did wrong', async () => {
    const bed = `{ ...acmeTestBed, definition: { ...acmeTestBed.definition, features: [] }, start: async () => {
      const { faults, inject, ...backend } = await acmeTestBed.start();
      return backend;
    } }`;
    const { code, stdout } = await nodeTest(bed, ['list', 'deadline']);
    expect(stdout).toContain(`# SKIP the test backend can't produce the fault "hang"`);
    expect(stdout).toMatch(/not ok \d+ - .*LIST/);
    expect(code).toBe(1);
  });
});
