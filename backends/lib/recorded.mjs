import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib/workspace.mjs';
import { fill } from './fill.mjs';
import { startProxy } from './proxy.mjs';
import { seed } from './seeds.mjs';

const GOLDEN = path.join(root, 'apps/server/test/golden');
const CASES = path.join(GOLDEN, 'backends/cases');
const COFFERD = path.join(root, 'apps/server/bin/cofferd.js');

/**
 * Seeds backends and replays the recorded cases of a file on them; `cases` of the options is an expression to choose some,
 * `absent` says which backends are not there. Cases that need one of those are skipped.
 * Answers `{ passed, failed, skipped, reasons }`.
 */
export async function replayRecorded(tools, file, backends, options) {
  const places = Object.assign({}, ...backends.map((backend) => backend.places));
  const known = Object.assign({}, ...backends.map((backend) => backend.values));
  for (const step of allSeeds()) if (places[step.at] !== undefined) await seed(step, places, known);
  const proxies = [];
  for (const [name, place] of Object.entries(places)) {
    const proxy = options.trace === undefined ? undefined : await startProxy(place, reporting(name, options));
    if (proxy !== undefined) proxies.push(proxy);
    const { url } = proxy ?? place;
    known[place.addressName] = url;
    known[place.addressName.replace(/(Addr|Endpoint|Server)$/, 'Host')] = new URL(url).host;
  }
  const { seeds: _, ...document } = read(file);
  const { possible, impossible } = divided(document.cases, known);
  const folder = tools.temporaryDirectory();
  writeFileSync(path.join(folder, file), JSON.stringify({ ...document, cases: fill(possible, known) }));
  try {
    const counts = await replay(folder, options);
    const reasons = impossible.map(({ id }) => `${id} needs ${options.absent.join(', ')}`);
    return { ...counts, skipped: counts.skipped + impossible.length, reasons: [...counts.reasons, ...reasons] };
  } finally {
    for (const proxy of proxies) proxy.close();
  }
}

/** Cases share backends, so one file may need what another one seeds. */
function allSeeds() {
  return readdirSync(CASES).flatMap((file) => read(file).seeds);
}

/** Cases that need nothing but what is known, and the others. The replay itself knows its directory and ports. */
export function divided(cases, known) {
  const isKnown = (name) => name in known || /^(dir|\w+Port)$/.test(name);
  const isPossible = (one) => [...JSON.stringify(one).matchAll(/\{\{(\w+)\}\}/g)].every(([, name]) => isKnown(name));
  return { possible: cases.filter(isPossible), impossible: cases.filter((one) => !isPossible(one)) };
}

function read(file) {
  return JSON.parse(readFileSync(path.join(CASES, file), 'utf8'));
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
