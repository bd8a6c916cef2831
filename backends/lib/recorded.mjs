import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib/workspace.mjs';
import { fill } from './fill.mjs';
import { startProxy } from './proxy.mjs';
import { seed } from './seeds.mjs';

const GOLDEN = path.join(root, 'apps/server/test/golden');
const CASES = path.join(GOLDEN, 'backends/cases');
const COFFERD = path.join(root, 'apps/server/bin/cofferd.js');

/**
 * Seeds a backend and replays the recorded cases of a file on it; `cases` of the options is an expression to choose some.
 * Answers `{ passed, failed, skipped, reasons }`.
 */
export async function replayRecorded(tools, file, { places, values }, options) {
  const { seeds, ...document } = JSON.parse(readFileSync(path.join(CASES, file), 'utf8'));
  const known = { ...values };
  for (const step of seeds) await seed(step, places, known);
  const proxies = [];
  for (const [name, place] of Object.entries(places)) {
    const proxy = options.trace === undefined ? undefined : await startProxy(place, reporting(name, options));
    if (proxy !== undefined) proxies.push(proxy);
    const { url } = proxy ?? place;
    known[place.addressName] = url;
    known[place.addressName.replace(/(Addr|Endpoint|Server)$/, 'Host')] = new URL(url).host;
  }
  const folder = tools.temporaryDirectory();
  writeFileSync(path.join(folder, file), JSON.stringify(fill(document, known)));
  try {
    return await replay(folder, options);
  } finally {
    for (const proxy of proxies) proxy.close();
  }
}

async function replay(folder, { cases }) {
  const excuses = path.join(GOLDEN, 'backends/not-reproduced.json');
  const choice = ['--cases', folder, '--excuses', excuses, ...(cases === '' ? [] : ['--only', cases])];
  const child = spawn('node', [path.join(GOLDEN, 'replay.mjs'), ...choice, '--', 'node', COFFERD, '--strict-dapr'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    process.stdout.write(text);
  });
  await once(child, 'close');
  return countsOf(output);
}

/** What the replay says at its end; a replay that does not get there has failed. */
export function countsOf(output) {
  const [, passed, failed, skipped] = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(output) ?? [0, 0, 1, 0];
  const reasons = new Set([...output.matchAll(/^skip .*: (.*)$/gm)].map(([, reason]) => reason));
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped), reasons: [...reasons] };
}

function reporting(name, { trace, delay }) {
  return { delay, report: (call) => appendFileSync(trace, `${JSON.stringify({ name, ...call })}\n`) };
}
