import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { root } from '../../scripts/lib/workspace.mjs';
import { isInstalled } from '../lib/tools.mjs';

const SOURCES = fileURLToPath(new URL('.', import.meta.url));
const COFFERD = path.join(root, 'apps/server/bin/cofferd.js');
const START_MS = 60_000;
const SETTLE_MS = 20_000;

const component = (name, metadata) => `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: ${name}
spec:
  type: secretstores.secrets
  version: v1
  ignoreErrors: true
  metadata: ${JSON.stringify(Object.entries(metadata).map(([name, value]) => ({ name, value })))}
`;
const PROPERTIES = { prefix: 'p-', 'odd name': 'grüß Gott 🔑', empty: '' };
const files = {
  'components/one.yaml': component('one', PROPERTIES),
  'components/two.yaml': component('two', { prefix: 'q-' }),
  'components/refused.yaml': component('refused', { refuse: 'not like this' }),
};
const failed = (text) => ({
  status: 500,
  body: { errorCode: 'ERR_SECRET_GET', message: `failed getting secret with key ${text}` },
});

/** What cofferd is asked over HTTP, and the answer. */
const questions = [
  { title: 'one secret', target: 'one/a%2Fb', expected: { status: 200, body: { 'a/b': 'p-a/b' } } },
  { title: 'another component of the same process', target: 'two/a', expected: { status: 200, body: { a: 'q-a' } } },
  { title: 'the properties', target: 'one/properties', expected: { status: 200, body: PROPERTIES } },
  {
    title: 'request metadata',
    target: 'one/metadata?metadata.version_id=7&metadata.x=%C3%BC',
    expected: { status: 200, body: { version_id: '7', x: 'ü' } },
  },
  { title: 'no data', target: 'one/none', expected: { status: 204 } },
  {
    title: 'a status',
    target: 'one/missing',
    expected: failed('missing from secret store one: rpc error: code = NotFound desc = no secret missing: grüß "Gott"\n100 %'),
  },
  {
    title: 'a plain error',
    target: 'one/broken',
    expected: failed('broken from secret store one: rpc error: code = Unknown desc = a plain error'),
  },
  { title: 'three MiB', target: 'one/big', expected: { status: 200, body: { big: 'x'.repeat(3 * 2 ** 20) } } },
  {
    title: 'a bulk',
    target: 'one/bulk',
    expected: { status: 200, body: { one: { user: 'me', '🔑': 'grüß' }, empty: {} } },
  },
  {
    title: 'a component that refuses its properties',
    target: 'refused/a',
    expected: {
      status: 401,
      body: { errorCode: 'ERR_SECRET_STORE_NOT_FOUND', message: 'failed finding secret store with key refused' },
    },
  },
];

/** What daprd's own host asks a driver that `cofferd pluggable` serves, and the answer. */
const HOST_TYPE = 'secretstores.vault';
const init = (store, properties) => ({ store, type: HOST_TYPE, operation: 'init', properties });
const hostQuestions = (secretsFile) => [
  {
    title: 'a setting that is missing',
    request: init('wrong', {}),
    expected: {
      error: /^rpc error: code = InvalidArgument desc = setting secretsFile: missing local secrets file in metadata: /,
    },
  },
  { title: 'Init', request: init('one', { secretsFile, multiValued: 'true' }), expected: { value: 'initialised' } },
  { title: 'Init of another component', request: init('two', { secretsFile }), expected: { value: 'initialised' } },
  {
    title: 'the features',
    request: { store: 'one', operation: 'features' },
    expected: { value: ['MULTIPLE_KEY_VALUES_PER_SECRET'] },
  },
  {
    title: 'one secret of several values',
    request: { store: 'one', operation: 'get', key: 'database' },
    expected: { value: { user: 'app', password: 'grüß 🔑' } },
  },
  {
    title: 'one secret of the other component',
    request: { store: 'two', operation: 'get', key: 'database:user' },
    expected: { value: { 'database:user': 'app' } },
  },
  {
    title: 'a missing secret',
    request: { store: 'one', operation: 'get', key: 'nope' },
    expected: { error: /^rpc error: code = NotFound desc = secret nope not found$/ },
  },
  {
    title: 'a bulk',
    request: { store: 'one', operation: 'bulk' },
    expected: { value: { database: { user: 'app', password: 'grüß 🔑' }, plain: { plain: 'x' } } },
  },
];

export const name = 'pluggable-go';

export async function missing() {
  return (await isInstalled('go', 'version')) ? undefined : 'go is not installed';
}

export async function run(tools) {
  const programs = tools.cacheDirectory('pluggable-go');
  await tools.run('go', ['build', '-mod=readonly', '-o', `${programs}/`, './component', './host'], { cwd: SOURCES });
  const asHost = await checkHost(tools, path.join(programs, 'component'));
  return [...asHost, ...(await checkComponent(tools, path.join(programs, 'host')))];
}

/** cofferd as the host of a component in Go. */
async function checkHost(tools, program) {
  const folder = tools.temporaryDirectory();
  let kill = await startComponent(program, folder);
  tools.defer(() => kill());
  const args = ['--app-id=interop', '--resources-path=components'];
  const { httpPort } = await tools.startCofferd({ files, args, env: { DAPR_COMPONENTS_SOCKETS_FOLDER: folder } });
  const get = (target, options) => ask(`http://127.0.0.1:${httpPort}/v1.0/secrets/${target}`, options);
  const checks = [];
  const check = (title, got, expected) => checks.push(compare(`as the host: ${title}`, got, expected));

  for (const { title, target, expected } of questions) check(title, await get(target), expected);
  const { body } = await ask(`http://127.0.0.1:${httpPort}/v1.0/metadata`);
  const capabilities = Object.fromEntries(body.components.map((component) => [component.name, component.capabilities]));
  const own = ['MULTIPLE_KEY_VALUES_PER_SECRET'];
  check('the components, and nothing of the state store', capabilities, { one: own, two: own });

  await get('one/slow', { signal: AbortSignal.timeout(500) });
  const cancelled = await settled(
    async () => (await get('one/state')).body,
    ({ cancelled }) => cancelled === '1',
  );
  check('a read that is given up is cancelled there', cancelled, { instance: 'one', inits: '1', cancelled: '1' });

  await kill();
  const gone = await get('one/a');
  check('a component that is gone', [gone.status, /code = Unavailable/.test(gone.body.message)], [500, true]);
  kill = await startComponent(program, folder);
  const back = await settled(
    () => get('one/a'),
    ({ status }) => status === 200,
  );
  check('the component is back', back, { status: 200, body: { a: 'p-a' } });
  const state = { instance: 'one', inits: '1', cancelled: '0' };
  check('it was given Init again', (await get('one/state')).body, state);
  return checks;
}

/** cofferd pluggable as the component of daprd's own host. */
async function checkComponent(tools, program) {
  const folder = tools.temporaryDirectory();
  const secretsFile = path.join(folder, 'secrets.json');
  writeFileSync(secretsFile, JSON.stringify({ database: { user: 'app', password: 'grüß 🔑' }, plain: 'x' }), { mode: 0o600 });
  const sockets = path.join(folder, 'sockets');
  const args = [COFFERD, 'pluggable', '--type=secretstores.local.file', '--name=vault', `--sockets-folder=${sockets}`];
  const stop = await startProgram(process.execPath, args, {}, [path.join(sockets, 'vault.sock')]);
  tools.defer(stop);
  const asked = hostQuestions(secretsFile);
  const input = JSON.stringify(asked.map(({ request }) => request));
  const answers = JSON.parse(await tools.run(program, [], { env: { DAPR_COMPONENTS_SOCKETS_FOLDER: sockets }, input }));
  return asked.map(({ title, expected }, at) => {
    const named = `as the component: ${title}`;
    const { error, ...answer } = answers[at];
    if (expected.error === undefined) return compare(named, answers[at], expected);
    return compare(named, { ...answer, error: expected.error.test(error) ? 'as expected' : error }, { error: 'as expected' });
  });
}

/** Starts the component in Go. Answers what kills it. */
function startComponent(program, folder) {
  const sockets = ['secrets.sock', 'memory.sock'].map((socket) => path.join(folder, socket));
  return startProgram(program, [], { DAPR_COMPONENT_SOCKETS_FOLDER: folder }, sockets);
}

/** Starts a program and waits for its sockets. Answers what kills it. */
async function startProgram(program, args, env, sockets) {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  const exited = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  for (const deadline = Date.now() + START_MS; !(await allAnswer(sockets)); await sleep(20)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${path.basename(program)} did not start`);
  }
  return kill;
}

/** Whether somebody listens on every socket: one that was killed leaves its file behind. */
async function allAnswer(sockets) {
  const answers = sockets.map(
    (socket) =>
      new Promise((resolve) => {
        const connection = connect(socket, () => resolve(true)).on('error', () => resolve(false));
        connection.on('connect', () => connection.destroy());
      }),
  );
  return (await Promise.all(answers)).every(Boolean);
}

async function ask(url, options) {
  try {
    const response = await fetch(url, options);
    const text = await response.text();
    return { status: response.status, ...(text === '' ? {} : { body: JSON.parse(text) }) };
  } catch (error) {
    if (error.name === 'TimeoutError') return { status: 0 };
    throw error;
  }
}

/** The first answer that is as wanted, or the last one when none is in time. */
async function settled(answer, wanted) {
  for (const deadline = Date.now() + SETTLE_MS; ; await sleep(50)) {
    const last = await answer();
    if (wanted(last) || Date.now() > deadline) return last;
  }
}

function compare(title, got, expected) {
  const failure = `expected ${shown(expected)}, got ${shown(got)}`;
  return { name: title, failure: isDeepStrictEqual(got, expected) ? undefined : failure };
}

const shown = (value) => JSON.stringify(value).slice(0, 500);
