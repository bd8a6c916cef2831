import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { askThroughSdk } from '../lib/sdk.mjs';
import { isInstalled } from '../lib/tools.mjs';

const SOURCES = fileURLToPath(new URL('.', import.meta.url));

export const name = 'go';

export async function missing() {
  return (await isInstalled('go', 'version')) ? undefined : 'go is not installed';
}

export async function run(tools) {
  const program = path.join(tools.cacheDirectory('go'), 'questions');
  await tools.run('go', ['build', '-mod=readonly', '-o', program, '.'], { cwd: SOURCES });
  return askThroughSdk(tools, [program]);
}
