import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ACME, coffer, finished, fixture, start } from './support/coffer.ts';

const PASSWORD = ['--secret', 'DB_PASSWORD=vault/database#password'];
const node = (script: string, ...args: string[]): string[] => ['--', process.execPath, '-e', script, ...args];
const PRINT_ENVIRONMENT = 'process.stdout.write(JSON.stringify(process.env))';

describe('coffer run', () => {
  it('gives the command chosen secrets, and its own environment besides', async () => {
    const args = ['run', ...PASSWORD, '--secret', 'TOKEN=vault/token', ...node(PRINT_ENVIRONMENT)];
    const { stdout, stderr, code } = await coffer(fixture('shop'), args, { KEPT: 'kept', TOKEN: 'replaced' });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ DB_PASSWORD: 'canary-password', TOKEN: 'canary-token', KEPT: 'kept' });
  });

  it('gives the command a whole store with mapped names; single secrets win', async () => {
    const shop = fixture('shop');
    const whole = JSON.parse((await coffer(shop, ['run', '--store', 'vault', ...node(PRINT_ENVIRONMENT)])).stdout);
    expect(whole).toMatchObject({
      DATABASE_USER: 'canary-user',
      DATABASE_PASSWORD: 'canary-password',
      SEVERAL_A: 'canary-a\nsecond line',
      __PROTO__: 'canary-proto',
      EMPTY: '',
    });
    const mapping = ['--store', 'vault', '--prefix', 'app.', '--keep-case', '--secret', 'app_token=vault/database#user'];
    const kept = JSON.parse((await coffer(shop, ['run', ...mapping, ...node(PRINT_ENVIRONMENT)])).stdout);
    expect(kept).toMatchObject({ app_database_user: 'canary-user', app_token: 'canary-user', app___proto__: 'canary-proto' });
  });

  it('passes arguments after -- as they are, and the exit code back', async () => {
    const script = 'console.log(JSON.stringify(process.argv.slice(1))); process.exit(42)';
    const args = ['run', ...PASSWORD, ...node(script, '--', '--json', '--secret', 'a b', '')];
    expect(await coffer(fixture('shop'), args)).toMatchObject({ code: 42, stdout: '["--json","--secret","a b",""]\n' });
  });

  it('exits with 128+n when signal n ends the command', async () => {
    const args = ['run', ...PASSWORD, ...node('process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)')];
    expect(await coffer(fixture('shop'), args)).toMatchObject({ code: 137, signal: null });
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const)('passes %s on and waits for the command', async (signal) => {
    const script = `process.on(${JSON.stringify(signal)}, () => { console.log('got it'); setTimeout(() => process.exit(9), 50); });
      setInterval(() => {}, 1000); console.log('ready');`;
    const child = start(fixture('shop'), ['run', ...PASSWORD, '--timeout', '1h', ...node(script)]);
    child.stdout?.once('data', () => child.kill(signal));
    expect(await finished(child)).toMatchObject({ code: 9, signal: null, stdout: 'ready\ngot it\n' });
  });

  it('has no time limit of its own for the command', async () => {
    // The time limit is for the reads before it, which a busy machine must be able to keep.
    const script = 'setTimeout(() => process.exit(5), 8500)';
    const args = ['run', ...PASSWORD, '--timeout', '8s', ...node(script)];
    expect(await coffer(fixture('shop'), args)).toMatchObject({ code: 5, stderr: '' });
  });

  it('puts no value where ps shows it', async () => {
    const script = `const { readFileSync } = require('node:fs');
      const { execFileSync } = require('node:child_process');
      const pids = [process.pid, process.ppid].join(',');
      process.stdout.write(execFileSync('ps', ['-ww', '-o', 'args=', '-p', pids]).toString());`;
    const { stdout, code } = await coffer(fixture('shop'), ['run', ...PASSWORD, '--store', 'vault', ...node(script)]);
    expect(code).toBe(0);
    expect(stdout).toContain('DB_PASSWORD=vault/database#password');
    expect(stdout).not.toContain('canary-');
  });

  it.each([
    [['--secret', 'A=vault/database'], 64, 'has several keys', 'vault/database#user'],
    [['--secret', 'A=vault/database#nope'], 66, 'has no key nope', 'its keys are: user, password'],
    [['--secret', 'A=vault/nope'], 66, 'secret nope not found', ''],
    [['--secret', 'A=vault'], 64, '--secret takes VARIABLE=store/name#key', 'for example'],
    [['--secret', '1A=vault/token'], 64, 'no name for an environment variable', 'no digit first'],
    [['--store', 'acme', '--driver-path', ACME], 65, 'a.b and a_b of store acme both become A_B', '--secret A_B=acme/a_b'],
    [[], 64, 'no secret was chosen', '--store'],
  ])('does not run the command with %j', async (options, code, message, hint) => {
    const shop = fixture('shop');
    const marker = join(shop, 'ran');
    const script = `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`;
    const result = await coffer(shop, ['run', ...options, ...node(script)]);
    expect(result.stderr).toContain(message);
    expect(result.stderr).toContain(hint);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).not.toContain('canary-');
    expect(existsSync(marker)).toBe(false);
  });

  it('tells of values that no environment can hold', async () => {
    const shop = fixture('shop');
    const secrets = { nul: 'canary-\0', huge: `canary-${'x'.repeat(300_000)}` };
    writeFileSync(join(shop, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 });
    const nul = await coffer(shop, ['run', '--secret', 'A=vault/nul', ...node('')]);
    expect(nul).toMatchObject({ code: 65, stderr: expect.stringContaining('the value for A holds a NUL character') });
    const huge = await coffer(shop, ['run', '--secret', 'A=vault/huge', ...node('')]);
    expect(huge).toMatchObject({ code: 126, stderr: expect.stringContaining('the environment is too large') });
    expect(nul.stderr + huge.stderr).not.toContain('canary-');
  });

  it('answers as a shell does when the command cannot be started', async () => {
    const shop = fixture('shop');
    expect(await coffer(shop, ['run', ...PASSWORD, '--', 'no-such-command'])).toMatchObject({ code: 127 });
    expect(await coffer(shop, ['run', ...PASSWORD, '--', './secrets.json'])).toMatchObject({ code: 126 });
  });

  it('says where -- goes', async () => {
    const result = await coffer(fixture('shop'), ['run', ...PASSWORD, 'node', '--port', '80']);
    expect(result).toMatchObject({ code: 64, stderr: expect.stringContaining('hint: put -- before the command') });
  });
});
