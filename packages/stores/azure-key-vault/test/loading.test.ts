import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const definition = fileURLToPath(new URL('../src/definition.ts', import.meta.url));
const store = fileURLToPath(new URL('../src/store.ts', import.meta.url));

/** Every module that a process loads which runs this. */
function loadedBy(code: string): string {
  const script = `
    import { registerHooks } from 'node:module';
    registerHooks({ load(url, context, next) { process.stdout.write(url + '\\n'); return next(url, context); } });
    ${code}`;
  return execFileSync(process.execPath, ['--conditions=@coffer/source', '--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
}

describe('what is loaded', () => {
  it('with the definition: settings, and nothing that talks', () => {
    const loaded = loadedBy(`await import(${JSON.stringify(definition)});`);
    expect(loaded).toContain('azure-key-vault/src/definition.ts');
    expect(loaded).not.toMatch(/@azure|http-client|node:http|src\/store\.ts|src\/credentials\/index\.ts/);
  });

  it('with the store: our own client, and the library for credentials not before one is made', () => {
    const loaded = loadedBy(`await import(${JSON.stringify(store)});`);
    expect(loaded).toContain('azure-key-vault/src/vault-client.ts');
    expect(loaded).not.toMatch(/@azure[/+]identity|msal|keyvault/);
  });
});
