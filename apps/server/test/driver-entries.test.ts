import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';

// Listing and checking types must cost next to nothing, whatever SDK is behind a driver: its entry loads none of it. The time
// that this takes is measured by `npm run bench -- --bulk`.

const packages = new URL('../../../packages/', import.meta.url);
const stores = new URL('stores/', packages);

/** The modules that a driver's package.json names: its root and its definition. */
function entriesOf(name: string): readonly string[] {
  const folder = new URL(`${name}/`, stores);
  const { exports } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  return Object.values(exports as Record<string, string | Record<string, string>>)
    .map((target) => (typeof target === 'string' ? target : (target['@coffer/source'] ?? '')))
    .filter((target) => target.endsWith('.ts'))
    .map((target) => new URL(target, folder).href);
}

/** Every module that a fresh process loads for them, built-in ones as `node:…`. */
function loadedBy(entries: readonly string[]): readonly string[] {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = new Set();
    registerHooks({ load: (url, context, next) => (loaded.add(url), next(url, context)) });
    for (const entry of ${JSON.stringify(entries)}) await import(entry);
    console.log(JSON.stringify([...loaded]));`;
  const args = ['--conditions=@coffer/source', '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

const names = readdirSync(stores);
const known = names.map((name) => [name, entriesOf(name)] as const);

describe('importing a driver', () => {
  test.each(known)('%s loads its own declarations and the contract, and no SDK', (name, entries) => {
    expect(entries).toHaveLength(2);
    const own = fileURLToPath(new URL(`${name}/src/`, stores));
    const contract = fileURLToPath(new URL('core/src/driver/', packages));
    const others = loadedBy(entries)
      .map((url) => (url.startsWith('file:') ? fileURLToPath(url) : url))
      .filter((path) => !path.startsWith(own) && !path.startsWith(contract));
    // What drivers of one vendor share may declare settings too.
    const shared = /\/packages\/[a-z-]+\/src\/(metadata|settings|definition|check)[a-z-]*\.ts$/;
    expect(others.filter((path) => !shared.test(path) && path !== 'node:buffer')).toEqual([]);
  });

  test('the check sees an SDK, and what it loads of Node', () => {
    const yaml = pathToFileURL(createRequire(import.meta.url).resolve('yaml')).href;
    expect(loadedBy([yaml]).some((url) => url.includes('/node_modules/'))).toBe(true);
    expect(loadedBy([new URL('kubernetes/src/store.ts', stores).href])).toContain('node:https');
  });
});
