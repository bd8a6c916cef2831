import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { flagsTable } from '../src/flags/flag-table.ts';
import { PLUGGABLE_FLAGS } from '../src/flags/pluggable-flags.ts';
import { startCofferd } from './support/cofferd.ts';

const BIN = fileURLToPath(new URL('../bin/cofferd.js', import.meta.url));
const SERVING = 'as a pluggable component on';

/** A temporary folder, with a file of secrets. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'plug-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  writeFileSync(join(path, 'secrets.json'), '{"k1":"canary","db":{"user":"me"}}', { mode: 0o600 });
  return path;
}

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output(): string;
}

/** Starts `cofferd pluggable`. */
function pluggable(args: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  const child = spawn(process.execPath, [BIN, 'pluggable', ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, ended: once(child, 'close').then(([code]) => code as number | null), output: () => output };
}

async function serving(run: Run): Promise<Run> {
  await expect.poll(run.output, { timeout: 30_000 }).toContain(SERVING);
  return run;
}

/** A component file whose type is the name of the socket. */
const component = (secretsFile: string, more = '') => `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: vault
spec:
  type: secretstores.files
  version: v1
  metadata:
    - name: secretsFile
      value: ${secretsFile}
${more}`;

const LOCAL_FILE = ['--type=secretstores.local.file', '--name=files'];

describe('cofferd and cofferd pluggable', () => {
  it('serve a driver of one from the other, also after the component was killed', async () => {
    const path = folder();
    const env = { DAPR_COMPONENTS_SOCKETS_FOLDER: join(path, 'sockets') };
    const socket = join(path, 'sockets/files.sock');
    const first = await serving(pluggable(LOCAL_FILE, env));
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const files = {
      'components/vault.yaml': component(join(path, 'secrets.json'), '    - name: multiValued\n      value: "true"\n'),
    };
    await using cofferd = await startCofferd({ files, env });
    const get = async (target: string) => {
      const answer = await cofferd.get(`/v1.0/secrets/vault/${target}`);
      return [answer.status, await answer.text(), answer.headers.get('coffer-error-code')];
    };
    expect(await get('db')).toEqual([200, '{"user":"me"}\n', null]);
    expect(await get('bulk')).toEqual([200, '{"db":{"user":"me"},"k1":{"k1":"canary"}}\n', null]);
    const missing =
      '"failed getting secret with key zz from secret store vault: rpc error: code = NotFound desc = secret zz not found"';
    expect(await get('zz')).toEqual([500, `{"errorCode":"ERR_SECRET_GET","message":${missing}}`, 'not_found']);
    const { components } = (await (await cofferd.get('/v1.0/metadata')).json()) as { components: unknown };
    expect(components).toEqual([
      { name: 'vault', type: 'secretstores.files', version: 'v1', capabilities: ['MULTIPLE_KEY_VALUES_PER_SECRET'] },
    ]);

    first.child.kill('SIGKILL');
    await first.ended;
    expect(existsSync(socket)).toBe(true);
    const [status, body, code] = await get('k1');
    expect([status, code]).toEqual([500, 'unavailable']);
    expect(body).toContain(`dial unix ${socket}: connect: connection refused`);
    const second = await serving(pluggable(LOCAL_FILE, env));
    expect(await get('k1')).toEqual([200, '{"k1":"canary"}\n', null]);
    expect(cofferd.log()).toContain(`vault: the component on ${socket} was started anew, and is initialised again`);

    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
    expect(existsSync(socket)).toBe(false);
    for (const log of [first.output(), second.output(), cofferd.log()]) expect(log).not.toContain('canary');
  });

  it('find one another at SIGHUP, whoever was there first', async () => {
    const path = folder();
    const env = { DAPR_COMPONENTS_SOCKETS_FOLDER: join(path, 'sockets') };
    const files = {
      'components/vault.yaml': component(join(path, 'secrets.json')).replace(
        '  version: v1',
        '  version: v1\n  ignoreErrors: true',
      ),
    };
    await using cofferd = await startCofferd({ files, env });
    expect(cofferd.log()).not.toContain('luggable');
    expect((await cofferd.get('/v1.0/secrets/vault/k1')).status).toBe(500);
    await serving(pluggable(LOCAL_FILE, env));
    cofferd.child.kill('SIGHUP');
    const status = () =>
      cofferd.get('/v1.0/secrets/vault/k1').then(
        (answer) => answer.status,
        () => 0,
      );
    await expect.poll(status, { timeout: 30_000 }).toBe(200);
    expect(cofferd.log()).toContain("pluggable component 'files' was successfully registered");
  });

  it('tell at the host which setting is wrong', async () => {
    const path = folder();
    const env = { DAPR_COMPONENTS_SOCKETS_FOLDER: join(path, 'sockets') };
    await serving(pluggable(LOCAL_FILE, env));
    const files = { 'components/vault.yaml': component('') };
    await expect(startCofferd({ files, env })).rejects.toThrow(
      'rpc error: code = InvalidArgument desc = setting secretsFile: missing local secrets file in metadata',
    );
  });
});

describe('cofferd pluggable', () => {
  it.each([
    [['--nope'], 2, /^unknown flag: --nope\nUsage of cofferd pluggable:/],
    [['--name=a'], 1, /--type is missing: name the component type of the driver to serve/],
    [['--type=secretstores.local.env'], 1, /give either --name, .* or --socket/],
    [['--type=secretstores.local.env', '--name=a', '--socket=b'], 1, /give either --name, .* or --socket/],
    [['--type=secretstores.local.env', '--name=a/b'], 1, /--name a\/b has a slash/],
    [[...LOCAL_FILE, '--socket-mode=rw'], 1, /--socket-mode: rw is not three octal digits/],
    [
      ['--type=secretstores.local.fiel', '--name=a'],
      1,
      /couldn't find secret store .* \(did you mean secretstores\.local\.file\?\)/,
    ],
    [['--type=secretstores.local.file', '--type-version=v2', '--name=a'], 1, /secretstores\.local\.file has version v1/],
    [['--log-file=/nope/x', ...LOCAL_FILE], 1, /--log-file: ENOENT/],
  ])('ends at %j with %i and the reason', async (args, code, reason) => {
    const run = pluggable(args, { DAPR_COMPONENTS_SOCKETS_FOLDER: folder() });
    expect(await run.ended).toBe(code);
    expect(run.output().replaceAll('\\"', '"')).toMatch(reason);
  });

  it('prints help and version', async () => {
    const help = pluggable(['--help']);
    expect(await help.ended).toBe(0);
    for (const { name } of PLUGGABLE_FLAGS) expect(help.output()).toContain(`--${name}`);
    const version = pluggable(['--version']);
    expect(await version.ended).toBe(0);
    expect(version.output()).toMatch(/^(edge|\d+\.\d+\.\d+)\n$/);
    expect(readFileSync(new URL('../README.md', import.meta.url), 'utf8')).toContain(flagsTable(PLUGGABLE_FLAGS));
  });

  it('leaves a socket alone on which another process listens', async () => {
    const path = folder();
    const socket = join(path, 'x.sock');
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(socket, resolve));
    const run = pluggable(['--type=secretstores.local.env', `--socket=${socket}`]);
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain(`can't listen on ${socket}: another process does: stop it, or choose another path`);
    expect(existsSync(socket)).toBe(true);
    other.close();
  });

  it('gives the socket the mode that it is told', async () => {
    const socket = join(folder(), 'x.sock');
    await serving(pluggable(['--type=secretstores.local.env', `--socket=${socket}`, '--socket-mode=660']));
    expect(statSync(socket).mode & 0o777).toBe(0o660);
  });
});
