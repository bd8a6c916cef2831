import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ACME, coffer, finished, fixture, start } from './support/coffer.ts';

const WITH_ACME = ['--driver-path', ACME];

describe('coffer get', () => {
  it('prints a single value as it is, without a newline, and nothing else', async () => {
    const shop = fixture('shop');
    expect(await coffer(shop, ['get', 'vault', 'database', 'password'])).toEqual({
      code: 0,
      signal: null,
      stdout: 'canary-password',
      stderr: '',
    });
    expect((await coffer(shop, ['get', 'vault', 'token'])).stdout).toBe('canary-token');
    expect((await coffer(shop, ['get', 'vault', '__proto__'])).stdout).toBe('canary-proto');
    expect(await coffer(shop, ['get', 'vault', 'empty'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('prints several keys one a line, and as one JSON document', async () => {
    const shop = fixture('shop');
    expect((await coffer(shop, ['get', 'vault', 'several'])).stdout).toBe('a="canary-a\\nsecond line"\nb=canary-b\n');
    const { stdout } = await coffer(shop, ['get', 'vault', 'several', '--json']);
    expect(JSON.parse(stdout)).toEqual({ a: 'canary-a\nsecond line', b: 'canary-b' });
  });

  it('tells the store the request metadata', async () => {
    const shop = fixture('shop');
    const { stdout } = await coffer(shop, ['get', 'acme', 'x', '--metadata', 'version_id=a=3', ...WITH_ACME]);
    expect(stdout).toBe('canary-acme-a=3');
  });

  it.each([
    [['get', 'vault', 'nope'], 66, 'secret nope not found', undefined],
    [['get', 'vault', 'database', 'nope'], 66, 'has no key nope', 'its keys are: user, password'],
    [['get', 'valt', 'token'], 66, 'no component is named valt', 'did you mean vault?'],
    [['get', 'cache', 'x'], 66, 'cache (state.redis/v1) is not a secret store', 'coffer list'],
    [['get', 'private', 'x'], 66, 'its scopes name billing and not coffer-cli', '--app-id billing'],
    [['get', 'vault', 'database', '--config', 'config.yaml'], 77, 'access denied by policy', 'coffer explain'],
    [['get', 'acme', 'x'], 78, "couldn't find secret store secretstores.acme/v1", 'installed: secretstores.'],
    [['get', 'acme', 'unavailable', ...WITH_ACME], 69, 'the service says unavailable', undefined],
    [['get', 'acme', 'resource_exhausted', ...WITH_ACME], 75, 'the service says resource_exhausted', undefined],
    [['get', 'acme', 'unauthenticated', ...WITH_ACME], 77, 'the service says unauthenticated', undefined],
    [['get', 'acme', 'slow', '--timeout', '200ms', ...WITH_ACME], 75, 'the time given with --timeout has passed', 'allow more'],
    [['get', 'vault', 'token', '--config', 'missing.yaml'], 78, 'missing.yaml: ', 'check the path given with --config'],
    [['get', 'vault', 'token', '--resources-path', 'gone'], 78, 'gone does not exist', '--resources-path'],
  ])('coffer %j exits with %i and says why', async (args, code, message, hint) => {
    const shop = fixture('shop');
    const plain = await coffer(shop, args);
    expect(plain.stderr).toContain(message);
    expect(plain.stderr.startsWith('coffer: ') || plain.stderr.includes('\ncoffer: ')).toBe(true);
    const given = plain.stderr.split('\n').find((line) => line.startsWith('hint: '));
    if (hint !== undefined) expect(given).toContain(hint);
    expect(plain).toMatchObject({ code, stdout: '' });
    expect(plain.stderr).not.toContain('canary-');
  });

  it('tells of a failure as JSON on stderr with --json', async () => {
    const { code, stdout, stderr } = await coffer(fixture('shop'), ['get', 'vault', 'database', 'nope', '--json']);
    expect({ code, stdout }).toEqual({ code: 66, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'not_found',
        message: 'secret database of store vault has no key nope',
        hint: 'its keys are: user, password',
        exitCode: 66,
      },
    });
  });

  it('loads only the store and what it needs, so that a broken neighbour does not matter', async () => {
    const shop = fixture('shop');
    writeFileSync(join(shop, 'components', 'broken.yaml'), component('broken', 'secretstores.nobody'));
    expect(await coffer(shop, ['get', 'vault', 'token'])).toMatchObject({ code: 0, stdout: 'canary-token', stderr: '' });
    expect(await coffer(shop, ['get', 'broken', 'token'])).toMatchObject({ code: 78 });
  });

  it('warns of a secrets file that others may read, and still answers', async () => {
    const shop = fixture('shop');
    chmodSync(join(shop, 'secrets.json'), 0o644);
    const { stdout, stderr } = await coffer(shop, ['get', 'vault', 'token']);
    expect(stdout).toBe('canary-token');
    expect(stderr).toBe('warning: secrets file secrets.json may be read by other users: chmod 600 secrets.json\n');
    expect((await coffer(shop, ['get', 'vault', 'token', '--strict-dapr'])).stderr).toBe('');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('gives up on %s with %i', async (signal, code) => {
    const child = start(fixture('shop'), ['get', 'acme', 'slow', ...WITH_ACME]);
    child.stderr?.once('data', () => child.kill(signal));
    const { stderr, ...rest } = await finished(child);
    expect(rest).toEqual({ code, signal: null, stdout: '' });
    expect(stderr).toContain(`coffer: interrupted by ${signal}\n`);
  });
});

describe('coffer bulk', () => {
  it('prints secret=value, and secret/key=value where there are several', async () => {
    const { stdout, stderr, code } = await coffer(fixture('shop'), ['bulk', 'vault']);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout.split('\n')).toEqual([
      '__proto__=canary-proto',
      'acme/token=canary-acme-token',
      'database/password=canary-password',
      'database/user=canary-user',
      'empty=',
      'several/a="canary-a\\nsecond line"',
      'several/b=canary-b',
      'token=canary-token',
      '',
    ]);
  });

  it('leaves out what the scopes deny', async () => {
    const { stdout } = await coffer(fixture('shop'), ['bulk', 'vault', '--json', '--config', 'config.yaml']);
    expect(Object.keys(JSON.parse(stdout)).sort()).toEqual(['__proto__', 'acme', 'empty', 'several', 'token']);
  });

  it('ends quietly when its reader goes away, and writes everything when it stays', async () => {
    const shop = fixture('shop');
    const secrets = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`name-${at}`, `value-${at}`]));
    writeFileSync(join(shop, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 });
    expect((await coffer(shop, ['bulk', 'vault'])).stdout.split('\n')).toHaveLength(50_001);
    const child = start(shop, ['bulk', 'vault']);
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect(await finished(child)).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('coffer list', () => {
  it('lists components with their place and whether they are served', async () => {
    const shop = fixture('shop');
    const { stdout, code } = await coffer(shop, ['list', ...WITH_ACME]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'NAME     TYPE                        FILE                       STATE',
        'acme     secretstores.acme/v1        components/others.yaml:1   served',
        'cache    state.redis/v1              components/others.yaml:18  not served: it is not a secret store',
        'private  secretstores.local.env/v1   components/others.yaml:37  not served: its scopes name billing and not coffer-cli',
        'vault    secretstores.local.file/v1  components/vault.yaml:1    served',
        '',
      ].join('\n'),
    );
    const { components } = JSON.parse((await coffer(shop, ['list', '--json', '--app-id', 'billing'])).stdout);
    expect(components.map(({ name, served }: { name: string; served: boolean }) => [name, served])).toEqual([
      ['acme', false],
      ['cache', false],
      ['private', true],
      ['vault', true],
    ]);
  });

  it('lists the types that can be used, each with its package', async () => {
    const { types } = JSON.parse((await coffer(fixture('shop'), ['list', '--available', '--json', ...WITH_ACME])).stdout);
    expect(types).toContainEqual({
      type: 'secretstores.acme',
      version: 'v1',
      package: 'coffer-store-acme@1.2.3',
      status: 'beta',
      title: 'Acme secrets',
    });
    expect(types.map(({ type }: { type: string }) => type)).toEqual([
      'secretstores.acme',
      'secretstores.alicloud.parameterstore',
      'secretstores.aws.parameterstore',
      'secretstores.aws.secretmanager',
      'secretstores.azure.keyvault',
      'secretstores.gcp.secretmanager',
      'secretstores.hashicorp.vault',
      'secretstores.http',
      'secretstores.huaweicloud.csms',
      'secretstores.kubernetes',
      'secretstores.local.env',
      'secretstores.local.file',
      'secretstores.sops',
      'secretstores.tencentcloud.ssm',
    ]);
  });

  it('imports no driver', async () => {
    const shop = fixture('shop');
    const marker = join(shop, 'imported');
    const environment = { ACME_IMPORTED: marker };
    await coffer(shop, ['list', ...WITH_ACME], environment);
    await coffer(shop, ['list', '--available', ...WITH_ACME], environment);
    await coffer(shop, ['explain', 'acme', 'x', ...WITH_ACME], environment);
    expect(existsSync(marker)).toBe(false);
    await coffer(shop, ['get', 'acme', 'x', ...WITH_ACME], environment);
    expect(existsSync(marker)).toBe(true);
  });

  it('cannot be made to steer the terminal by a name', async () => {
    const shop = fixture('shop');
    writeFileSync(join(shop, 'components', 'evil.yaml'), component('"\\e[31mred\\a"', 'secretstores.local.env'));
    const { stdout } = await coffer(shop, ['list']);
    expect(stdout).toContain('\\x1b[31mred\\x07');
    expect(stdout).not.toMatch(/[\x07\x1b]/);
  });
});

describe('drivers', () => {
  it('are those that the package.json of the current folder declares, and the own ones', async () => {
    const shop = fixture('shop');
    const modules = join(shop, 'node_modules');
    mkdirSync(join(modules, '@coffer'), { recursive: true });
    symlinkSync(ACME, join(modules, 'coffer-store-acme'));
    const { resolve } = createRequire(import.meta.url);
    symlinkSync(dirname(resolve('@coffer/store-local-file/package.json')), join(modules, '@coffer', 'store-local-file'));
    const dependencies = { 'coffer-store-acme': '*', '@coffer/store-local-file': '*', 'coffer-store-gone': '*' };
    writeFileSync(join(shop, 'package.json'), JSON.stringify({ dependencies }));

    const { stdout, stderr, code } = await coffer(shop, ['list', '--available']);
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'TYPE',
      'secretstores.acme',
      'secretstores.alicloud.parameterstore',
      'secretstores.aws.parameterstore',
      'secretstores.aws.secretmanager',
      'secretstores.azure.keyvault',
      'secretstores.gcp.secretmanager',
      'secretstores.hashicorp.vault',
      'secretstores.http',
      'secretstores.huaweicloud.csms',
      'secretstores.kubernetes',
      'secretstores.local.env',
      'secretstores.local.file',
      'secretstores.sops',
      'secretstores.tencentcloud.ssm',
      '',
    ]);
    expect(stderr).toMatch(/^warning: package coffer-store-gone is declared .* and not installed \(pnpm install\)\n$/);
    expect((await coffer(shop, ['get', 'acme', 'x'])).stdout).toBe('canary-acme-latest');
  });

  it('do without a package.json that cannot be read', async () => {
    const shop = fixture('shop');
    writeFileSync(join(shop, 'package.json'), '{');
    const { stdout, stderr, code } = await coffer(shop, ['get', 'vault', 'token']);
    expect({ stdout, code }).toEqual({ stdout: 'canary-token', code: 0 });
    expect(stderr).toBe(`warning: ${join(shop, 'package.json')} is not readable as JSON\n`);
  });
});

describe('coffer explain', () => {
  it.each([
    ['vault', 'database', 'coffer-cli', 77, false, 'denied_list', 10],
    ['vault', 'token', 'coffer-cli', 0, true, 'default_allow', 10],
    ['private', 'x', 'billing', 77, false, 'default_deny', 8],
    ['acme', 'x', 'coffer-cli', 0, true, 'no_scope', undefined],
    ['nope', 'x', 'coffer-cli', 66, false, 'no_scope', undefined],
    ['cache', 'x', 'coffer-cli', 66, false, 'no_scope', undefined],
  ])('%s %s for %s exits with %i', async (store, secret, appId, code, allowed, rule, line) => {
    const args = ['explain', store, secret, '--app-id', appId, '--config', 'config.yaml', '--json'];
    const result = await coffer(fixture('shop'), args);
    expect(result).toMatchObject({ code, stderr: '' });
    const scope = line === undefined ? null : { file: 'config.yaml', line, column: 9 };
    expect(JSON.parse(result.stdout)).toMatchObject({ allowed, rule, scope, store, secret, appId });
  });

  it('reads like an answer', async () => {
    const { stdout } = await coffer(fixture('shop'), ['explain', 'vault', 'database', '--config', 'config.yaml']);
    expect(stdout).toBe(`no: coffer-cli may not read database of vault
  rule   denied_list: deniedSecrets of the store names the secret
  from   config.yaml:10:9
  store  vault (secretstores.local.file/v1) of components/vault.yaml:1
`);
  });
});

function component(name: string, type: string): string {
  return `apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: ${name}\nspec:\n  type: ${type}\n  version: v1\n`;
}
