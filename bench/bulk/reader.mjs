// One bulk read in a fresh process: `node reader.mjs FOLDER DRIVER SECRETS`, where FOLDER holds the component. Prints what it took.
import { fileURLToPath } from 'node:url';
import { Coffer } from '@coffer/core';

const [folder, driver, secrets] = process.argv.slice(2);
const { definition } = await import(
  fileURLToPath(new URL(`../../packages/stores/${driver}/dist/definition.js`, import.meta.url))
);
const coffer = await Coffer.start({ appId: 'bench', resourcesPaths: [folder], definitions: [definition], hotReload: false });
const before = process.memoryUsage.rss();
const started = performance.now();
const bulk = await coffer.getBulkSecret('store');
const milliseconds = performance.now() - started;
const peak = process.resourceUsage().maxRSS * 1024;
const names = Object.keys(bulk);
const right = names.filter((name) =>
  Object.values(bulk[name])
    .join()
    .startsWith(`value of ${name.replace(/^.*\//, '')} `),
);
if (names.length !== Number(secrets) || right.length !== names.length) {
  throw new Error(`${driver}: ${names.length} secrets, ${right.length} of them right, not ${secrets}`);
}
console.log(JSON.stringify({ milliseconds, before, peak }));
await coffer.close();
