// A process of its own in which a driver is imported, and used. It imports nothing but Node before the driver does.
import diagnostics from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { text } from 'node:stream/consumers';
import type { StoreDefinition } from '@coffer/core/driver';
import type { ChildReport, ChildTask, SideEffects } from './task.ts';

/** File descriptor to which the report goes. */
const REPORT = 3;
/** Ticks that a closed store has for its last breath, 10 ms each. */
const TICKS = 200;

const task = JSON.parse(await text(process.stdin)) as ChildTask;
const seen = {
  environment: new Set<string>(),
  modules: new Map<string, number>(),
  connections: 0,
};

observeModules();
observeEnvironment();
for (const channel of ['net.client.socket', 'undici:client:connected', 'udp.socket']) {
  diagnostics.subscribe(channel, () => {
    seen.connections++;
  });
}

const report: { -readonly [Member in keyof ChildReport]: ChildReport[Member] } = { onImport: noEffects(), leftovers: [] };
const before = snapshot();
const loaded = await imported();
report.onImport = effectsSince(before);
if (loaded?.definition !== undefined) {
  report.definition = JSON.parse(JSON.stringify(loaded.definition)) as Record<string, unknown>;
  if (task.use !== 'import') await useDefinition(loaded.definition as StoreDefinition);
}
endWith(report);

async function imported(): Promise<{ readonly definition?: object } | undefined> {
  try {
    return (await import(task.specifier)) as { definition?: object };
  } catch (cause) {
    report.importFailure = cause instanceof Error ? cause.message : String(cause);
    return undefined;
  }
}

async function useDefinition(definition: StoreDefinition): Promise<void> {
  if (task.use === 'create') {
    const beforeCreate = snapshot();
    try {
      await definition.create();
    } catch (cause) {
      report.failure = `create failed: ${cause instanceof Error ? cause.message : String(cause)}`;
    }
    // A connection that was begun and not waited for.
    await new Promise((resolve) => setTimeout(resolve, 20));
    report.onCreate = effectsSince(beforeCreate);
    return;
  }
  const { lifeOf } = await import('./life.ts');
  const failure = await lifeOf(definition, task);
  if (failure !== undefined) report.failure = failure;
}

/** Reports when nothing keeps the process running any more, or what does after a while. */
function endWith(final: ChildReport): void {
  let left = TICKS;
  const timer = setInterval(() => {
    if (--left > 0) return;
    tell({ ...final, leftovers: more(process.getActiveResourcesInfo(), before.resources) });
    process.exit();
  }, 10);
  timer.unref();
  process.once('beforeExit', () => {
    clearInterval(timer);
    tell(final);
  });
}

function tell(final: ChildReport): void {
  writeSync(REPORT, JSON.stringify(final));
}

function observeModules(): void {
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, specifier === task.specifier ? { ...context, parentURL: task.from } : context),
    load: (url, context, next) => {
      const module = next(url, context);
      const { source } = module;
      seen.modules.set(url, typeof source === 'string' ? source.length : (source?.byteLength ?? 0));
      return module;
    },
  });
}

/** Who reads is told from the stack: Node itself reads some. */
function observeEnvironment(): void {
  const note = (name: string | symbol): void => {
    const [, , , reader = ''] = new Error().stack?.split('\n') ?? [];
    if (typeof name === 'string' && !/\(?node:/.test(reader)) seen.environment.add(name);
  };
  process.env = new Proxy(process.env, {
    get: (target, name) => {
      note(name);
      return Reflect.get(target, name);
    },
    has: (target, name) => {
      note(name);
      return Reflect.has(target, name);
    },
    ownKeys: (target) => {
      note('every variable');
      return Reflect.ownKeys(target);
    },
  });
}

interface Snapshot {
  readonly globals: ReadonlySet<string>;
  readonly listeners: readonly string[];
  readonly resources: readonly string[];
  readonly connections: number;
}

function snapshot(): Snapshot {
  seen.environment.clear();
  seen.modules.clear();
  return {
    globals: new Set(globalNames()),
    listeners: listenersOf(),
    resources: process.getActiveResourcesInfo(),
    connections: seen.connections,
  };
}

function effectsSince({ globals, listeners, resources, connections }: Snapshot): SideEffects {
  return {
    environment: [...seen.environment],
    globals: globalNames().filter((name) => !globals.has(name)),
    listeners: more(listenersOf(), listeners),
    resources: more(process.getActiveResourcesInfo(), resources),
    modules: [...seen.modules].map(([url, bytes]) => ({ url, bytes })),
    connections: seen.connections - connections,
  };
}

function noEffects(): SideEffects {
  return { environment: [], globals: [], listeners: [], resources: [], modules: [], connections: 0 };
}

/** Of the globals, and of what every object and list inherits. */
function globalNames(): readonly string[] {
  const places = { globalThis, 'Object.prototype': Object.prototype, 'Array.prototype': Array.prototype };
  return Object.entries(places).flatMap(([place, object]) =>
    Reflect.ownKeys(object).map((name) => (place === 'globalThis' ? String(name) : `${place}.${String(name)}`)),
  );
}

function listenersOf(): readonly string[] {
  return process.eventNames().flatMap((event) => Array(process.listenerCount(event)).fill(String(event)) as string[]);
}

/** What is in a list more often than it was. */
function more(now: readonly string[], earlier: readonly string[]): readonly string[] {
  const left = [...earlier];
  return now.filter((each) => {
    const at = left.indexOf(each);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
