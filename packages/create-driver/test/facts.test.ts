import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { it } from 'vitest';

it('knows the tools and the types of this repository: pnpm build writes them down', () => {
  const script = fileURLToPath(new URL('../../../scripts/generate-driver-facts.mjs', import.meta.url));
  execFileSync(process.execPath, [script, '--check']);
});
