import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

function filesIn(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(js|ts)$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
}

test('src/gen is what `pnpm generate` makes of the proto files', () => {
  const output = mkdtempSync(join(tmpdir(), 'grpc-api-generated-'));
  onTestFinished(() => rmSync(output, { recursive: true }));
  const bin = join(PACKAGE, 'node_modules/.bin');
  const environment = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  execFileSync(join(bin, 'buf'), ['generate', '--output', output], { cwd: PACKAGE, env: environment });
  expect(filesIn(join(output, 'src/gen'))).toEqual(filesIn(join(PACKAGE, 'src/gen')));
});
