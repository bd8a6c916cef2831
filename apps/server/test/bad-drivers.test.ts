import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Cofferd, startCofferd } from './support/cofferd.ts';

interface BadDriver {
  /** Module of the package. */
  readonly module: string;
  /** What the package.json says of itself, where that is what is wrong. */
  readonly coffer?: object;
  /** Published description; by default it is right. */
  readonly description?: string;
  readonly initTimeout?: string;
}

const DEFINITION = (store: string, more = '') => `
const base = { init: async () => {}, get: async ({ name }) => ({ data: { [name]: 'value' } }), bulkGet: async () => ({ data: {} }), features: () => [], close: async () => {} };
export const definition = {
  $type: '@coffer/store-definition', contract: 1, type: 'secretstores.TYPE', version: 'v1', title: 'Bad', status: 'alpha',
  metadata: {}, requestMetadata: [], features: [], create: () => (${store}), ${more}
};`;
const GETS = (answer: string) => DEFINITION(`{ ...base, get: async ({ name }) => ${answer} }`);

/** By component type: what is wrong with the driver, and what the log has to say beside the name of its package. */
const AT_START: Readonly<Record<string, readonly [BadDriver, string]>> = {
  absent: [{ module: 'export const driver = 1;' }, 'no export named definition with the marker @coffer/store-definition'],
  bare: [
    {
      module:
        "export const definition = { $type: '@coffer/store-definition', contract: 1, type: 'secretstores.bare', version: 'v1' };",
    },
    'its definition of secretstores.bare has no usable metadata',
  ],
  othertype: [
    { module: DEFINITION('base').replace('secretstores.TYPE', 'secretstores.elsewhere') },
    'its manifest says secretstores.othertype/v1 and its module secretstores.elsewhere/v1',
  ],
  contract: [{ module: DEFINITION('base', 'contract: 2') }, 'is written for contract 2, and this core knows contract 1'],
  manifest: [{ module: DEFINITION('base'), coffer: { contract: 2, stores: [] } }, 'contract 2, and this core knows contract 1'],
  throws: [{ module: 'throw new Error("no licence");' }, "module . can't be imported: no licence"],
  hangs: [
    { module: DEFINITION('{ ...base, init: () => new Promise(() => {}) }'), initTimeout: '300ms' },
    'init timeout for component',
  ],
  nothing: [{ module: DEFINITION('undefined') }, 'the driver made a store without init, get, features, close'],
  synchronous: [{ module: DEFINITION('{ ...base, init: () => { throw new Error("at once"); } }') }, 'at once'],
  words: [
    { module: DEFINITION('{ ...base, features: () => "LIST" }') },
    'announces its features with something else than a list',
  ],
  lies: [{ module: DEFINITION('base'), description: '{ "features": ["LIST"] }' }, "says otherwise than the driver's definition:"],
};

/** By component type: a driver that starts, and what the log says once it was read. */
const AT_READ: Readonly<Record<string, readonly [string, string]>> = {
  undefined: [GETS('undefined'), 'the driver answered undefined in place of a secret'],
  text: [GETS('"value"'), 'the driver answered a string in place of a secret'],
  map: [GETS('({ data: new Map() })'), 'the driver answered a Map in place of the values'],
  number: [GETS('({ data: { [name]: 4711 } })'), 'the driver answered a number under the key k'],
  object: [GETS('({ data: { [name]: { deep: "canary-4711" } } })'), 'the driver answered an object under the key k'],
  defect: [GETS('JSON.parse("canary-4711")'), 'the driver failed with a SyntaxError'],
  nested: [GETS('null.x.y'), 'the driver failed with a TypeError'],
  synchronous2: [DEFINITION('{ ...base, get: () => ({ data: null.x }) }'), 'the driver failed with a TypeError'],
};

const STALLS = DEFINITION(`{ ...base, get: async ({ name }) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  return { data: { [name]: 'late' } };
} }`);

const FLOATS = DEFINITION(`{ ...base, get: async ({ name }) => {
  void Promise.reject(new Error('canary-4711'));
  return { data: { [name]: 'value' } };
} }`);

const component = (name: string, type: string, more = '') => `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: ${name} }
spec: { type: secretstores.${type}, version: v1, ignoreErrors: true, metadata: []${more} }
`;

/** A server with one good store and these drivers, each in a package of its own. */
function start(drivers: Readonly<Record<string, BadDriver>>, until?: string): Promise<Cofferd> {
  const names = Object.keys(drivers);
  const files: Record<string, string> = {
    'package.json': JSON.stringify({ dependencies: Object.fromEntries(names.map((name) => [`coffer-store-${name}`, '*'])) }),
    'components/0-good.yaml': component('good', 'local.env'),
  };
  for (const [name, { module, coffer, description, initTimeout }] of Object.entries(drivers)) {
    const folder = `node_modules/coffer-store-${name}`;
    const stores = [{ type: `secretstores.${name}`, version: 'v1', module: '.', manifest: './component.json' }];
    const json = { name: `coffer-store-${name}`, version: '3.2.1', type: 'module', exports: './index.js' };
    files[`${folder}/package.json`] = JSON.stringify({ ...json, coffer: coffer ?? { contract: 1, stores } });
    files[`${folder}/index.js`] = module.replaceAll('TYPE', name);
    if (description !== undefined) files[`${folder}/component.json`] = description;
    files[`components/${name}.yaml`] = component(name, name, initTimeout === undefined ? '' : `, initTimeout: ${initTimeout}`);
  }
  return startCofferd({
    files,
    args: ['--driver-path=.'],
    env: { GREETING: 'hello' },
    ...(until === undefined ? {} : { until }),
  });
}

async function expectGoodStore(cofferd: Cofferd): Promise<void> {
  const answer = await cofferd.get('/v1.0/secrets/good/GREETING');
  expect([answer.status, await answer.json()]).toEqual([200, { GREETING: 'hello' }]);
}

it('names the package of each driver that cannot be started, and serves the others', async () => {
  await using cofferd = await start(Object.fromEntries(Object.entries(AT_START).map(([name, [driver]]) => [name, driver])));
  await expectGoodStore(cofferd);
  for (const [name, [, reason]] of Object.entries(AT_START)) {
    const lines = cofferd
      .log()
      .split('\n')
      .filter((line) => line.includes(reason) && line.includes(`coffer-store-${name}`));
    expect(lines, `${name}: ${cofferd.log()}`).not.toEqual([]);
  }
});

it('answers for a driver that gives rubbish, without a value, and tells its package', async () => {
  const drivers = Object.fromEntries(Object.entries(AT_READ).map(([name, [module]]) => [name, { module }]));
  await using cofferd = await start(drivers);
  for (const [name, [, reason]] of Object.entries(AT_READ)) {
    const answer = await cofferd.get(`/v1.0/secrets/${name}/k`);
    const body = (await answer.json()) as { message: string };
    expect([answer.status, body.message]).toEqual([500, expect.stringContaining(reason)]);
    expect(answer.headers.get('coffer-error-code')).toBe('internal');
    const lines = cofferd
      .log()
      .split('\n')
      .filter((line) => line.includes(reason) && line.includes(`package coffer-store-${name}@3.2.1`));
    expect(lines).not.toEqual([]);
    expect(body.message + cofferd.log()).not.toContain('canary-4711');
    await expectGoodStore(cofferd);
  }
  // Its author wants to know where.
  expect(cofferd.log()).toMatch(
    /package coffer-store-nested@3\.2\.1\): the driver failed with a TypeError at .*coffer-store-nested\/index\.js:\d+/,
  );
});

it('tells which driver held up the process', async () => {
  await using cofferd = await start({ stalls: { module: STALLS } });
  expect((await cofferd.get('/v1.0/secrets/stalls/k')).status).toBe(200);
  await expectGoodStore(cofferd);
  await expect
    .poll(() => cofferd.log())
    .toMatch(
      /the process stood still for \d+ ms, .* this driver was at work: stalls \(secretstores\.stalls\/v1, package coffer-store-stalls@3\.2\.1\)/,
    );
});

it('outlives a failure that a driver has let go of', async () => {
  await using cofferd = await start({ floats: { module: FLOATS } });
  expect((await cofferd.get('/v1.0/secrets/floats/k')).status).toBe(200);
  await sleep(50);
  await expectGoodStore(cofferd);
  expect(cofferd.log()).toMatch(/A failure was let go of and nobody has handled it: Error at .*coffer-store-floats/);
  expect(cofferd.log()).not.toContain('canary-4711');
});
