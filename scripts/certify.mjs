// Puts every driver of the repository to the conformance kit and writes its result file, then docs/stores.md.
//   pnpm certify            all of them; needs a build
//   pnpm certify vault …    those whose folder name contains one of these
//   pnpm certify --check    no run: ends with 1 when docs/stores.md is not what the result files say
import { readFileSync, writeFileSync } from 'node:fs';
import { run } from './lib/command.mjs';
import { driverPackages, STORES_PAGE, storesPage } from './lib/stores-table.mjs';

const words = process.argv.slice(2);
if (words.includes('--check')) {
  if (readFileSync(STORES_PAGE, 'utf8') !== storesPage()) {
    console.error('docs/stores.md is stale: run pnpm certify');
    process.exitCode = 1;
  }
} else {
  const chosen = driverPackages().filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  const failed = [];
  for (const { name, folder } of chosen) {
    if ((await run('node', ['packages/conformance/bin/coffer-conformance.js', 'certify', folder])) !== 0) failed.push(name);
  }
  writeFileSync(STORES_PAGE, storesPage());
  if (failed.length > 0) console.error(`not certified: ${failed.join(', ')}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}
