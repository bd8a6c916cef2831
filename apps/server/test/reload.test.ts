import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { configuration, secretScopes } from './cases/fixtures.ts';
import { type Cofferd, fileStore, startCofferd } from './support/cofferd.ts';
import { openGate, readStarted, writeGatedDriver } from './support/gated-driver.ts';
import { connect } from './support/raw.ts';

const BIN = fileURLToPath(new URL('../bin/cofferd.js', import.meta.url));

// Changes while the built cofferd runs, and SIGHUP. What a change does to which component is tested in @coffer/core.
const FILES = {
  'components/good.yaml': fileStore('good', 'good.json'),
  'good.json': '{"k1":"v1"}',
  'config.yaml': configuration('  features: []\n'),
};
const CONFIGURED = ['--config=config.yaml'];

const write = (cofferd: Cofferd, file: string, text: string) => writeFileSync(path.join(cofferd.directory, file), text);
const eventually = <Value>(check: () => Value | Promise<Value>) => expect.poll(check, { timeout: 30_000, interval: 20 });
const statusOf = async (cofferd: Cofferd, target = '/v1.0/secrets/good/k1') => (await cofferd.get(target)).status;
const bodyOf = async (cofferd: Cofferd, target = '/v1.0/secrets/good/k1') => (await cofferd.get(target)).text();
const timesLogged = (cofferd: Cofferd, text: string) => cofferd.log().split(text).length - 1;

/** Asks for a secret again and again, over one connection, until `stop` answers what came that was not a 200. */
function readAllTheTime(cofferd: Cofferd, target: string) {
  const failures: string[] = [];
  let reads = 0;
  let goesOn = true;
  const reading = (async () => {
    while (goesOn) {
      const response = await cofferd.get(target).catch((failure: Error) => failure);
      const text = response instanceof Error ? `${response.message} ${response.cause}` : await response.text();
      reads++;
      if (response instanceof Error || response.status !== 200) failures.push(text);
      await sleep(10);
    }
  })();
  return {
    async stop() {
      goesOn = false;
      await reading;
      return { failures, reads };
    },
  };
}

describe('SIGHUP', () => {
  test('18-159: puts everything anew in force, and nothing is refused meanwhile', async () => {
    await using cofferd = await startCofferd({ files: FILES, args: CONFIGURED });
    await cofferd.get('/v1.0/metadata/x', { method: 'PUT', body: 'y' });
    using connection = await connect(cofferd.port);
    const head = 'HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
    connection.send(`GET /v1.0/secrets/good/k1 ${head}`);
    await connection.until('{"k1":"v1"}\n');

    write(cofferd, 'components/other.yaml', fileStore('other', 'other.json'));
    write(cofferd, 'other.json', '{"k2":"v2"}');
    const scopes = secretScopes('{ storeName: other, defaultAccess: deny }');
    write(cofferd, 'config.yaml', `${scopes}  api: { denied: [{ name: metadata, version: v1.0, protocol: http }] }\n`);
    await sleep(200);
    expect(await statusOf(cofferd, '/v1.0/metadata')).toBe(200);
    const reads = readAllTheTime(cofferd, '/v1.0/secrets/good/k1');
    cofferd.child.kill('SIGHUP');
    await eventually(() => statusOf(cofferd, '/v1.0/secrets/other/k2')).toBe(403);
    await eventually(() => statusOf(cofferd, '/v1.0/metadata')).toBe(404);
    expect(await reads.stop()).toMatchObject({ failures: [] });
    expect(cofferd.log()).toContain("Received signal 'hangup'; reloading");
    connection.send(`GET /v1.0/secrets/other/k2 ${head}`);
    expect(await connection.until('ERR_PERMISSION_DENIED')).toContain('403 Forbidden');

    write(cofferd, 'config.yaml', configuration('  features: []\n'));
    cofferd.child.kill('SIGHUP');
    await eventually(() => statusOf(cofferd, '/v1.0/metadata')).toBe(200);
    expect(JSON.parse(await bodyOf(cofferd, '/v1.0/metadata')).extended).toMatchObject({ x: 'y' });
    expect(timesLogged(cofferd, 'HTTP server listening on')).toBe(1);
  });

  test.each([
    ['a Configuration that is invalid', 'config.yaml', 'spec: [', 'error loading configuration'],
    ['a store that does not start', 'components/bad.yaml', fileStore('bad', 'gone.json'), 'gone.json: no such file'],
  ])('keeps what is in force with %s, and says so in one line', async (_, file, text, reason) => {
    const files = { ...FILES, 'config.yaml': secretScopes('{ storeName: good, deniedSecrets: [k2] }') };
    await using cofferd = await startCofferd({ files, args: CONFIGURED });
    const reads = readAllTheTime(cofferd, '/v1.0/secrets/good/k1');
    write(cofferd, file, text);
    cofferd.child.kill('SIGHUP');
    const line = 'not reloaded, what was in force stays: ';
    await eventually(() => timesLogged(cofferd, line)).toBe(1);
    expect(cofferd.log()).toMatch(new RegExp(`level=error msg="${line}.*${reason}`));
    expect(await statusOf(cofferd, '/v1.0/secrets/good/k2')).toBe(403);
    expect(await reads.stop()).toMatchObject({ failures: [] });
  });

  test('reads secrets again, also with hot reload off', async () => {
    const files = { ...FILES, 'config.yaml': configuration('  features: [{ name: HotReload, enabled: false }]\n') };
    await using cofferd = await startCofferd({ files, args: CONFIGURED });
    write(cofferd, 'good.json', '{"k1":"new"}');
    await sleep(2500);
    expect(await bodyOf(cofferd)).toBe('{"k1":"v1"}\n');
    cofferd.child.kill('SIGHUP');
    await eventually(() => bodyOf(cofferd)).toBe('{"k1":"new"}\n');
  });

  test('looks for pluggable components again', async () => {
    const sockets = mkdtempSync(path.join(os.tmpdir(), 'cofferd-sockets-'));
    onTestFinished(() => rmSync(sockets, { recursive: true }));
    await using cofferd = await startCofferd({ files: FILES, env: { DAPR_COMPONENTS_SOCKETS_FOLDER: sockets } });
    write(cofferd, 'components/late.yaml', fileStore('late', 'good.json').replace('local.file', 'late'));
    await eventually(() => cofferd.log()).toContain("couldn't find secret store secretstores.late/v1");
    const flags = ['--type=secretstores.local.file', '--name=late', `--sockets-folder=${sockets}`];
    const component = spawn(process.execPath, [BIN, 'pluggable', ...flags], { cwd: cofferd.directory, stdio: 'ignore' });
    onTestFinished(async () => {
      component.kill('SIGKILL');
      if (component.exitCode === null && component.signalCode === null) await once(component, 'close');
    });
    await eventually(() => existsSync(path.join(sockets, 'late.sock'))).toBe(true);
    cofferd.child.kill('SIGHUP');
    await eventually(() => bodyOf(cofferd, '/v1.0/secrets/late/k1')).toBe('{"k1":"v1"}\n');
  });

  test('a few times quickly, and during the end', async () => {
    await using cofferd = await startCofferd({ files: FILES, args: [...CONFIGURED, '--dapr-block-shutdown-duration=1s'] });
    const closed = once(cofferd.child, 'close');
    for (let i = 0; i < 5; i++) {
      cofferd.child.kill('SIGHUP');
      await sleep(2);
    }
    await eventually(() => timesLogged(cofferd, 'Everything is read again and in force')).toBeGreaterThan(0);
    expect(await bodyOf(cofferd)).toBe('{"k1":"v1"}\n');
    cofferd.child.kill('SIGTERM');
    await sleep(100);
    cofferd.child.kill('SIGHUP');
    cofferd.child.kill('SIGHUP');
    expect((await closed)[0]).toBe(0);
    expect(cofferd.log()).toContain('Daprd shutdown gracefully');
    expect(cofferd.log()).not.toMatch(/level=(error|fatal)/);
  });

  test('while it starts: it is done after the start, or the start is begun anew under --strict-dapr', async () => {
    for (const strict of [false, true]) {
      // The application does not listen yet: everything is up, and the start goes on.
      const args = ['--app-port=1', ...(strict ? ['--strict-dapr', '--dapr-listen-addresses=127.0.0.1'] : [])];
      await using cofferd = await startCofferd({ files: FILES, args: [...args, ...CONFIGURED], until: 'waiting on port 1' });
      write(cofferd, 'good.json', '{"k1":"new"}');
      cofferd.child.kill('SIGHUP');
      await eventually(() => bodyOf(cofferd).catch(() => '')).toBe('{"k1":"new"}\n');
      expect(timesLogged(cofferd, 'waiting on port 1')).toBe(strict ? 2 : 1);
    }
  });

  test('under --strict-dapr a failure of the new start ends the process', async () => {
    await using cofferd = await startCofferd({ files: FILES, args: ['--strict-dapr', ...CONFIGURED] });
    const closed = once(cofferd.child, 'close');
    write(cofferd, 'config.yaml', 'spec: [');
    cofferd.child.kill('SIGHUP');
    expect((await closed)[0]).toBe(1);
    expect(cofferd.log()).toContain("Received signal 'hangup'; restarting");
    expect(cofferd.log()).toMatch(/level=fatal msg="Fatal error from runtime: error loading configuration/);
  });
});

describe('changed files', () => {
  test('18-160: a local secrets file is followed', async () => {
    await using cofferd = await startCofferd({ files: FILES });
    write(cofferd, 'good.json', '{"k1":"new"}');
    await eventually(() => bodyOf(cofferd)).toBe('{"k1":"new"}\n');
    write(cofferd, 'good.json', '{"k1":"canary"');
    await eventually(() => cofferd.log()).toContain("has changed and can't be read, what it held before is served on");
    expect(await bodyOf(cofferd)).toBe('{"k1":"new"}\n');
    expect(cofferd.log()).not.toContain('canary');
  });

  test.each([
    ['18-156: a failing init', fileStore('good', 'gone.json'), 'good.yaml', 'Fatal error from runtime: process component good'],
    ['18-157: a duplicate', fileStore('good', 'good.json'), 'more.yaml', 'failed to load resources from disk: duplicate'],
  ])('%s ends the process under --strict-dapr', async (_, text, file, message) => {
    await using cofferd = await startCofferd({ files: FILES, args: ['--strict-dapr'] });
    const closed = once(cofferd.child, 'close');
    write(cofferd, `components/${file}`, text);
    expect((await closed)[0]).toBe(1);
    expect(cofferd.log()).toContain(message);
  });

  test('a resource directory that is replaced while a read is in flight', async () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'cofferd-replaced-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeGatedDriver(directory);
    await using cofferd = await startCofferd({ cwd: directory, args: ['--driver-path=.', '--resources-path=components'] });
    const inFlight = bodyOf(cofferd, '/v1.0/secrets/gated/k');
    await readStarted(directory);
    mkdirSync(path.join(directory, 'new'));
    writeFileSync(path.join(directory, 'new', 'other.yaml'), fileStore('other', 'other.json'));
    writeFileSync(path.join(directory, 'other.json'), '{"k2":"v2"}');
    renameSync(path.join(directory, 'components'), path.join(directory, 'old'));
    renameSync(path.join(directory, 'new'), path.join(directory, 'components'));
    await eventually(() => statusOf(cofferd, '/v1.0/secrets/other/k2')).toBe(200);
    await eventually(() => statusOf(cofferd, '/v1.0/secrets/gated/k')).toBe(401);
    openGate(directory);
    expect(await inFlight).toBe('{"k":"late"}\n');
  });

  test('ten times a second for a minute, under load: not one read fails', { timeout: 180_000 }, async () => {
    const changing = (i: number) => fileStore('changing', 'good.json', `    - { name: nestedSeparator, value: "${i}" }\n`);
    const files = { ...FILES, 'components/changing.yaml': changing(0) };
    await using cofferd = await startCofferd({ files });
    const unchanged = readAllTheTime(cofferd, '/v1.0/secrets/good/k1');
    const changed = readAllTheTime(cofferd, '/v1.0/secrets/changing/k1');
    const end = performance.now() + 60_000;
    for (let i = 1; performance.now() < end; i++) {
      write(cofferd, 'components/changing.yaml', changing(i));
      await sleep(100);
    }
    const [ofUnchanged, ofChanged] = [await unchanged.stop(), await changed.stop()];
    expect([ofUnchanged.failures, ofChanged.failures]).toEqual([[], []]);
    expect(Math.min(ofUnchanged.reads, ofChanged.reads)).toBeGreaterThan(500);
    expect(timesLogged(cofferd, 'Component updated: changing')).toBeGreaterThan(60);
    expect(timesLogged(cofferd, 'Component updated: good')).toBe(0);
    expect(cofferd.log()).not.toMatch(/level=(error|fatal)|stays as it was/);
  });
});
