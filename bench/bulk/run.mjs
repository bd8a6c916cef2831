import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { root } from '../../scripts/lib/workspace.mjs';
import { median } from '../report.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const STORES = path.join(root, 'packages/stores');
const IMPORT_RUNS = 21;

/** The drivers that are measured: for each there is a file of `stores`, and a package. */
export function measuredDrivers() {
  const names = readdirSync(path.join(HERE, 'stores')).map((file) => path.basename(file, '.mjs'));
  return names.filter((name) => existsSync(path.join(STORES, name, 'package.json'))).sort();
}

/**
 * Reads all secrets of a driver's fake service, service and reader each in a process of its own, so many rounds. Answers
 * `{ driver, calls, unavoidable, mostInFlight, seconds, before, peak, reference }`: of calls and those in flight the most, of
 * time (s) and memory (MiB) the median.
 */
export async function measureBulk(driver, { node, secrets, delay, rounds }) {
  const { type, unavoidable, reference } = await import(`./stores/${driver}.mjs`);
  const runs = [];
  for (let round = 0; round < rounds; round++) runs.push(await readOnce(driver, { node, secrets, delay, type }));
  const all = (name) => runs.map((run) => run[name]);
  return {
    driver,
    calls: Math.max(...all('calls')),
    unavoidable: unavoidable(secrets),
    mostInFlight: Math.max(...all('mostInFlight')),
    seconds: median(all('milliseconds')) / 1000,
    before: median(all('before')) / 2 ** 20,
    peak: median(all('peak')) / 2 ** 20,
    reference: reference && scaled(reference, secrets),
  };
}

/** What `daprd` needs for so many: its calls by its way of reading, its time by the time that a call took when it was recorded. */
function scaled({ calls, seconds, callsFor }, secrets) {
  const needed = callsFor(secrets);
  return { calls: needed, seconds: (seconds / calls) * needed };
}

async function readOnce(driver, { node, secrets, delay, type }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-bulk-'));
  const service = fork(path.join(HERE, 'service.mjs'), [driver, String(secrets), String(delay)], {
    execPath: node,
    execArgv: ['--conditions=@coffer/source', '--disable-warning=ExperimentalWarning'],
  });
  try {
    const { properties, environment } = await messageOf(service);
    writeFileSync(path.join(folder, 'store.yaml'), componentText(type, properties), { mode: 0o600 });
    const reader = execFileSync.bind(undefined, node, [path.join(HERE, 'reader.mjs'), folder, driver, String(secrets)]);
    const { NODE_OPTIONS: _, ...own } = process.env;
    const took = JSON.parse(reader({ encoding: 'utf8', env: { ...own, ...environment } }));
    service.send('counts');
    return { ...took, ...(await messageOf(service)) };
  } finally {
    const gone = once(service, 'exit');
    if (service.connected) service.disconnect();
    await gone;
    rmSync(folder, { recursive: true });
  }
}

/** The next message, or a failure when the process ends without one. */
async function messageOf(child) {
  const ended = new AbortController();
  const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`the fake service ended with exit code ${code}`);
  });
  exit.catch(() => undefined);
  try {
    const [message] = await Promise.race([once(child, 'message'), exit]);
    return message;
  } finally {
    ended.abort();
  }
}

function componentText(type, properties) {
  const metadata = Object.entries(properties).map(([name, value]) => ({ name, value }));
  const head = { apiVersion: 'dapr.io/v1alpha1', kind: 'Component', metadata: { name: 'store' } };
  return JSON.stringify({ ...head, spec: { type, version: 'v1', metadata } });
}

/** Milliseconds, the median, that a fresh process takes to import the root of every driver's package together. */
export function measureImports({ node }) {
  const entries = readdirSync(STORES).map((name) => {
    const { exports } = JSON.parse(readFileSync(path.join(STORES, name, 'package.json'), 'utf8'));
    return pathToFileURL(path.join(STORES, name, exports['.'].default)).href;
  });
  const program = path.join(HERE, 'imports.mjs');
  const runs = Array.from({ length: IMPORT_RUNS }, () => Number(execFileSync(node, [program, ...entries], { encoding: 'utf8' })));
  return { drivers: entries.length, milliseconds: median(runs), most: Math.max(...runs) };
}
