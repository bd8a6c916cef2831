import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/commands.ts';
import { completionScript } from '../src/completion/scripts.ts';
import { EXIT_CODES } from '../src/exit-codes.ts';
import { ACME, coffer, fixture } from './support/coffer.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the command line', () => {
  it('prints its version, alone or among other flags', async () => {
    const shop = fixture('shop');
    expect(await coffer(shop, ['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect(await coffer(shop, ['--json', '--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it.each(COMMANDS.map(({ name, examples }) => [name, examples]))('has help with examples for %s', async (name, examples) => {
    const { code, stdout, stderr } = await coffer(fixture('shop'), ['help', name]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const [line] of examples) expect(stdout).toContain(line);
    expect(stdout).toContain('--resources-path');
  });

  it.each([
    [['gett', 'vault'], "unknown command 'gett'", 'did you mean get?'],
    [['get', 'vault', 'token', '--jsn'], "unknown option '--jsn'", 'did you mean --json?'],
    [['get', 'vault'], "missing required argument 'name'", 'coffer help'],
    [['get', 'a', 'b', 'c', 'd'], 'too many arguments', 'coffer help'],
    [['get', 'vault', 'token', '--timeout', 'soon'], '--timeout takes a duration', '500ms'],
    [['get', 'vault', 'token', '--metadata', 'x'], '--metadata takes name=value', 'version_id=3'],
    [['get', 'vault', 'token', '--app-id', 'a.b'], 'app id "a.b" is empty or has dots', '--app-id'],
    [['list', '--driver-path', 'components'], 'components has no package.json', 'package.json'],
    [['completion', 'tcsh'], 'there is no completion for tcsh', 'bash, zsh and fish'],
    [['--json', 'serve'], 'serve takes its flags after its name', 'coffer serve --app-id'],
  ])('refuses %j with 64, one sentence and a hint', async (args, message, hint) => {
    const { code, stdout, stderr } = await coffer(fixture('shop'), args);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    if (args.includes('--json')) {
      expect(JSON.parse(stderr).error).toMatchObject({ code: 'usage', message: expect.stringContaining(message) });
      return;
    }
    const lines = stderr.split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain(`coffer: ${message}`);
    expect(lines[1]).toMatch(/^hint: /);
    expect(lines[1]).toContain(hint);
  });

  it('prints help on stderr when nothing was asked', async () => {
    const { code, stdout, stderr } = await coffer(fixture('shop'), []);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain('Usage: coffer');
  });

  it('takes common flags before and after the command, and APP_ID from the environment', async () => {
    const shop = fixture('shop');
    const before = await coffer(shop, ['--app-id', 'billing', '--json', 'list']);
    const after = await coffer(shop, ['list', '--json', '--app-id', 'billing']);
    const environment = await coffer(shop, ['list', '--json'], { APP_ID: 'billing' });
    expect(before.stdout).toBe(after.stdout);
    expect(environment.stdout).toBe(after.stdout);
    expect(JSON.parse(after.stdout).appId).toBe('billing');
  });

  it('writes no colours into a pipe, and values only where they were asked for', async () => {
    const shop = fixture('shop');
    const environment = { FORCE_COLOR: '1', TERM: 'xterm-256color' };
    const commands = [
      ['list', '--verbose'],
      ['list', '--available'],
      ['check', '--online', '--verbose'],
      ['explain', 'vault', 'database', '--config', 'config.yaml'],
      ['render', 'components/others.yaml', '--verbose'],
      ['get', 'vault', 'nope', '--verbose'],
      ['help', 'get'],
    ];
    for (const args of commands) {
      const { stdout, stderr } = await coffer(shop, [...args, '--driver-path', ACME], environment);
      expect(stdout + stderr, args.join(' ')).not.toContain('\x1b');
      expect(stdout + stderr, args.join(' ')).not.toContain('canary-');
    }
  });

  it('logs on stderr with --verbose', async () => {
    const { stdout, stderr } = await coffer(fixture('shop'), ['get', 'vault', 'token', '--verbose']);
    expect(stdout).toBe('canary-token');
    expect(stderr).toContain('Component loaded: vault (secretstores.local.file/v1)\n');
  });

  it('documents every exit code and every command in the README', () => {
    for (const code of new Set(Object.values(EXIT_CODES))) expect(readme).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'));
    for (const { name } of COMMANDS) expect(readme).toContain(`coffer ${name}`);
  });
});

describe('coffer serve', () => {
  it('is cofferd', async () => {
    const help = await coffer(fixture('shop'), ['serve', '--help']);
    expect(help.code).toBe(0);
    expect(help.stdout + help.stderr).toContain('dapr-http-port');
    const wrong = await coffer(fixture('shop'), ['serve', '--no-such-flag']);
    expect(wrong.code).toBe(2);
  });
});

describe('coffer completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s that knows every command and flag', async (shell) => {
    const { code, stdout, stderr } = await coffer(fixture('shop'), ['completion', shell]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name } of COMMANDS) expect(stdout).toContain(name);
    for (const flag of ['resources-path', 'keep-case', 'reveal', 'online']) expect(stdout).toContain(flag);
    const checked = spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' });
    // zsh and fish are not everywhere; bash is where the tests run.
    if (shell === 'bash' || checked.error === undefined) expect(checked).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([
    [['coffer', 'g'], ['get']],
    [['coffer', 'get', '--met'], ['--metadata']],
    [['coffer', '--json', 'render', '--rev'], ['--reveal']],
    [['coffer', '--app-id', 'list', 'com'], ['completion']],
    [['coffer', 'completion', 'z'], ['zsh']],
    [['coffer', 'get', 'vault', 'x'], []],
    [['coffer', 'run', '--secret', 'A=b/c', '--', 'no'], []],
    [['coffer', 'check', 'conf'], ['config.yaml']],
  ])('completes %j in bash', async (words, expected) => {
    const shop = fixture('shop');
    const script = await completionScript('bash', COMMANDS);
    const quoted = words.map((word) => `'${word}'`).join(' ');
    const ask = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _coffer; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = spawnSync('bash', ['--norc'], { input: ask, encoding: 'utf8', cwd: shop });
    expect(stdout.split('\n').filter((line) => line !== '')).toEqual(expected);
  });
});
