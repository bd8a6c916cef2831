import type { SecretStore } from '@coffer/core/driver';
import { type CheckContext, freshName, type SeededSecret } from '../check-context.ts';
import { inProcessOfItsOwn } from '../child/driver-entry.ts';
import type { Exercise } from '../exercise.ts';
import { Disguises, type Hidden } from '../observing/disguises.ts';
import { outputOf } from '../observing/output.ts';
import { readsOf } from '../observing/reads.ts';
import { textsOf } from '../observing/texts.ts';
import { FAULTS, type TestBackend } from '../test-bed.ts';

export const leaks: Exercise = {
  name: 'leaks',
  title: 'shows no value and no credential anywhere but in its answers',
  checks: [
    {
      name: 'keeps values and credentials out of failures, and out of what caused them',
      limit: 120_000,
      run: async (context) => {
        const { hidden, scenes } = await played(context);
        for (const { scene, failure } of scenes) expectClean(context, hidden, `the failure of ${scene}`, failure);
      },
    },
    {
      name: 'logs and prints no value and no credential, whatever happens',
      limit: 120_000,
      run: async (context) => {
        const { hidden, output, log } = await played(context);
        const printed = hidden.in(output);
        if (printed !== undefined) context.fail(`${printed} was written to the console, standard output or standard error`);
        const logged = hidden.in(log);
        if (logged !== undefined) context.fail(`${logged} was logged`);
      },
    },
    {
      name: 'prints no value and no credential from a process of its own, by whatever way',
      limit: 60_000,
      run: async (context) => {
        if (context.backend.createStore !== undefined) {
          context.skip('the test bed makes its stores itself (createStore), which another process can’t');
        }
        const secret = await context.seed();
        const { name, values } = secret;
        const { settings } = context.backend;
        const { stdout, stderr } = await inProcessOfItsOwn(context, { use: 'read', settings, name, values });
        const printed = hiddenOf(context, secret).in(`${stdout}\n${stderr}`);
        if (printed !== undefined) context.fail(`${printed} was written to standard output or standard error`);
      },
    },
    {
      name: 'shows no credential when its store, its settings or its definition are printed',
      run: async (context) => {
        const secret = await context.seed();
        const hidden = hiddenOf(context, secret);
        const initContext = context.initContext();
        const store = await context.create();
        await store.init(initContext, { signal: context.signal });
        for (const { run } of readsOf(store, secret)) await run({ signal: context.signal });
        expectClean(context, hidden, 'the store', store);
        expectClean(context, hidden, 'the settings given to init', initContext.metadata);
        expectClean(context, hidden, 'the definition', context.definition);
      },
    },
    {
      name: 'changes nothing of its process: title, arguments, environment, directory',
      run: async (context) => {
        const secret = await context.seed();
        const before = processFacts();
        const store = await context.open();
        for (const { run } of readsOf(store, secret)) await run({ signal: context.signal });
        const after = processFacts();
        const changed = [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name));
        if (changed.length > 0) context.fail(`the driver has changed ${changed.join(', ')} of its process`);
      },
    },
  ],
};

interface Scene {
  /** `get under the fault "denied"`. */
  readonly scene: string;
  readonly failure: unknown;
}

/** What came of every scene: what failed, what was printed meanwhile, and what was logged. */
interface Play {
  readonly hidden: Disguises;
  readonly scenes: readonly Scene[];
  readonly output: string;
  readonly log: string;
}

/** Scenes take their time: two checks look at one play. */
const plays = new WeakMap<TestBackend, Play>();

async function played(context: CheckContext): Promise<Play> {
  const before = plays.get(context.backend);
  if (before !== undefined) return before;
  const secret = await context.seed();
  let scenes: readonly Scene[] = [];
  const output = await outputOf(async () => {
    const store = await context.open();
    for (const { run } of readsOf(store, secret)) await run({ signal: context.signal });
    scenes = await scenesOf(context, secret);
  });
  const play = { hidden: hiddenOf(context, secret), scenes, output, log: context.logged.join('\n') };
  plays.set(context.backend, play);
  return play;
}

/** Every way to fail that the backend can bring about, and the failures. */
async function scenesOf(context: CheckContext, secret: SeededSecret): Promise<readonly Scene[]> {
  const scenes: Scene[] = [];
  const collect = async (what: string, store: SecretStore, of: SeededSecret = secret, signal = context.signal) => {
    const calls = readsOf(store, of).map(async ({ method, run }) => {
      const failure = await failureIn(run({ signal }));
      if (failure !== undefined) scenes.push({ scene: `${method} ${what}`, failure });
    });
    await Promise.all(calls);
  };
  const store = await context.open();
  for (const fault of FAULTS) {
    if (fault === 'slow' || fault === 'hang' || !context.backend.faults?.includes(fault)) continue;
    await context.inject(fault);
    await collect(`under the fault "${fault}"`, store);
    await context.heal();
  }
  if (context.backend.faults?.includes('hang')) {
    await context.inject('hang');
    await collect('that was given up', store, secret, AbortSignal.timeout(50));
    await context.heal();
  }
  await collect('of a missing secret', store, { ...secret, name: freshName() });
  await store.close();
  await collect('after close', store);
  await collect('before init', await context.create());
  for (const { what, settings, at } of context.backend.brokenSettings ?? []) {
    if (at === 'check') continue;
    const broken = await context.create();
    const failure = await failureIn(broken.init(context.initContext(settings), { signal: context.signal }));
    if (failure === undefined) await collect(`with ${what}`, broken);
    else scenes.push({ scene: `init with ${what}`, failure });
  }
  return scenes;
}

async function failureIn(call: Promise<void>): Promise<unknown> {
  return await call.then(
    () => undefined,
    (cause: unknown) => cause ?? new Error('nothing was thrown'),
  );
}

/** The seeded values and the values of sensitive settings, good and broken. */
function hiddenOf({ definition, backend }: CheckContext, { values }: SeededSecret): Disguises {
  const hidden: Hidden[] = Object.values(values).map((text) => ({ what: 'a value', text }));
  const given = [backend.settings, ...(backend.brokenSettings ?? []).map(({ settings }) => settings)];
  for (const [name, { sensitive, type, aliases = [] }] of Object.entries(definition.metadata)) {
    if (!sensitive) continue;
    const spellings = new Set([name, ...aliases].map((spelling) => spelling.toLowerCase()));
    const known = new Set(Object.keys(definition.metadata).map((each) => each.toLowerCase()));
    const isIt = (each: string) => (type === 'rest' ? !known.has(each) : spellings.has(each));
    for (const [setting, text] of given.flatMap(Object.entries<string>)) {
      if (isIt(setting.toLowerCase())) hidden.push({ what: `the setting ${name}`, text });
    }
  }
  return new Disguises(hidden);
}

function expectClean(context: CheckContext, hidden: Disguises, what: string, thing: unknown): void {
  for (const { where, text } of textsOf(thing)) {
    const found = hidden.in(text);
    if (found !== undefined) context.fail(`${what} shows ${found}${where.startsWith('.') ? `, in ${where.slice(1)}` : where}`);
  }
}

function processFacts(): Map<string, string> {
  const variables = Object.entries(process.env).map(([name, value]) => [`the variable ${name}`, value ?? ''] as const);
  return new Map([
    ['title', process.title],
    ['arguments', process.argv.join('\0')],
    ['working directory', process.cwd()],
    ...variables,
  ]);
}
