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

  it('with a managed identity: nothing of the library, down to the token', () => {
    const credentials = fileURLToPath(new URL('../src/credentials/index.ts', import.meta.url));
    const loaded = loadedBy(`
      const { createServer } = await import('node:http');
      const { createTransport } = await import(${JSON.stringify(store.replace('store.ts', 'transport.ts'))});
      const { cloudOf } = await import(${JSON.stringify(store.replace('store.ts', 'cloud.ts'))});
      const { credentialFor } = await import(${JSON.stringify(credentials)});
      const { cofferDialect } = await import('@coffer/core');
      const body = JSON.stringify({ access_token: 'made-up', expires_on: '4000000000' });
      const server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1', async () => {
        const environment = { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:' + server.address().port };
        const transport = createTransport({ environment });
        const context = { metadata: {}, cloud: cloudOf(''), dialect: cofferDialect.azureKeyVault, logger: console, environment };
        const credential = await credentialFor({ ...context, transport });
        const { token } = await credential.getToken('https://vault.azure.net/.default');
        process.stdout.write('token ' + token + '\\n');
        transport.close();
        server.close();
      });`);
    expect(loaded).toContain('token made-up');
    expect(loaded).not.toMatch(/node_modules[/](@azure|\.pnpm[/]@azure)|msal|node-forge/);
  });
});
