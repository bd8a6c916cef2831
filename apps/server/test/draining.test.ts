import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from './support/free-port.ts';
import { openGate, readStarted, writeGatedDriver } from './support/gated-driver.ts';
import { getSecret } from './support/grpc-call.ts';

const BIN = fileURLToPath(new URL('../bin/cofferd.js', import.meta.url));

let directory: string;
let port: number;
let grpcPort: number;
let running: ChildProcess | undefined;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'coffer-drain-'));
  port = await freePort();
  grpcPort = await freePort();
});
afterEach(async () => {
  if (running?.exitCode === null && running.signalCode === null) {
    running.kill('SIGKILL');
    await once(running, 'close');
  }
  rmSync(directory, { recursive: true });
});

/** Starts cofferd with the gated store; `nodeArgs` are Node's own. */
function start(args: readonly string[] = [], nodeArgs: readonly string[] = []) {
  const own = [
    '--app-id=a',
    `--dapr-http-port=${port}`,
    `--dapr-grpc-port=${grpcPort}`,
    '--enable-metrics=false',
    '--resources-path=components',
    '--driver-path=.',
  ];
  const child = spawn(process.execPath, [...nodeArgs, BIN, ...own, ...args], {
    cwd: directory,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (log += text));
  const closed = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    closed,
    log: () => log,
    /** Waits for a text in the log; fails when the process ends without it. */
    async logged(text: string) {
      while (!log.includes(text)) {
        if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode} before "${text}":\n${log}`);
        await sleep(10);
      }
    },
  };
}

const read = () => fetch(`http://127.0.0.1:${port}/v1.0/secrets/gated/k`);
/** Waits until new connections are refused. Asks with bare connections: a request that still got in would wait for the gate. */
async function refusing(refusingPort: number = port): Promise<void> {
  for (;;) {
    const socket = connect({ host: '127.0.0.1', port: refusingPort });
    const accepted = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (!accepted) return;
    await sleep(10);
  }
}

describe('cofferd: stopping while a read runs', () => {
  it('lets the read end and takes no new connections meanwhile', async () => {
    writeGatedDriver(directory);
    const server = start(['--dapr-graceful-shutdown-seconds=0']);
    await server.logged('Status: Running');
    const answer = read();
    await readStarted(directory);
    server.child.kill('SIGTERM');
    await refusing();
    openGate(directory);
    expect(await (await answer).text()).toBe('{"k":"late"}\n');
    expect(await server.closed).toBe(0);
    expect(server.log()).toContain('Graceful shutdown timeout is infinite');
    expect(server.log()).toContain('Daprd shutdown gracefully');
  });

  it('18-179: ends with 1 when the read outlives the grace period', async () => {
    writeGatedDriver(directory);
    const server = start(['--dapr-graceful-shutdown-seconds=1']);
    await server.logged('Status: Running');
    const answer = read().catch(() => 'cut off');
    await readStarted(directory);
    server.child.kill('SIGTERM');
    expect(await server.closed).toBe(1);
    expect(await answer).toBe('cut off');
    expect(server.log()).toContain('level=fatal msg="Graceful shutdown timeout exceeded, forcing shutdown"');
  });

  it('takes a grace period longer than any timer for what it says', async () => {
    writeGatedDriver(directory);
    const server = start(['--dapr-graceful-shutdown-seconds=9999999999']);
    await server.logged('Status: Running');
    const answer = read();
    await readStarted(directory);
    server.child.kill('SIGTERM');
    await refusing();
    openGate(directory);
    expect((await answer).status).toBe(200);
    expect(await server.closed).toBe(0);
  });
});

describe('cofferd: stopping while a call over gRPC runs', () => {
  const call = () => getSecret({ grpcPort }, 'gated', 'k');

  it('lets the call end, takes no new ones, and serves HTTP until then', async () => {
    writeGatedDriver(directory);
    const server = start();
    await server.logged('Status: Running');
    const answer = call();
    await readStarted(directory);
    server.child.kill('SIGTERM');
    await refusing(grpcPort);
    const health = await fetch(`http://127.0.0.1:${port}/v1.0/healthz`);
    expect([health.status, await health.text()]).toEqual([500, expect.stringContaining('[runtime grpc-api-server]')]);
    openGate(directory);
    expect(await answer).toMatchObject({ code: 'OK', response: expect.stringContaining('late') });
    expect(await server.closed).toBe(0);
    expect(server.log()).toContain('Daprd shutdown gracefully');
  });

  it('ends with 1 when the call outlives the grace period', async () => {
    writeGatedDriver(directory);
    const server = start(['--dapr-graceful-shutdown-seconds=1']);
    await server.logged('Status: Running');
    const answer = call();
    await readStarted(directory);
    server.child.kill('SIGTERM');
    expect(await server.closed).toBe(1);
    expect((await answer).code).not.toBe('OK');
    expect(server.log()).toContain('level=fatal msg="Graceful shutdown timeout exceeded, forcing shutdown"');
  });

  it('waits for it as long as it takes under --strict-dapr', async () => {
    writeGatedDriver(directory);
    const server = start(['--dapr-graceful-shutdown-seconds=1', '--dapr-listen-addresses=127.0.0.1', '--strict-dapr']);
    await server.logged('Status: Running');
    const answer = call();
    await readStarted(directory);
    server.child.kill('SIGTERM');
    await refusing(grpcPort);
    await sleep(1500);
    openGate(directory);
    expect((await answer).code).toBe('OK');
    expect(await server.closed).toBe(0);
  });
});

describe('cofferd: stopping while a store does not come up', () => {
  it('ends with 0 at once, also where the end of a running server would be blocked', async () => {
    writeGatedDriver(directory, { hang: true });
    const server = start(['--dapr-block-shutdown-duration=1h']);
    await server.logged('Loading components');
    server.child.kill('SIGINT');
    expect(await server.closed).toBe(0);
    expect(server.log()).toContain("Received signal 'interrupt'; beginning shutdown");
    expect(server.log()).not.toContain('Blocking graceful shutdown');
  });

  it('stays alive until the init times out, and ends with 1 then', async () => {
    writeGatedDriver(directory, { hang: true, initTimeout: '1s' });
    const server = start();
    expect(await server.closed).toBe(1);
    expect(server.log()).toContain('level=fatal msg="Fatal error from runtime: failed to load components: ');
  });
});

describe('cofferd: the first moment', () => {
  it('watches for signals before it loads what takes long', async () => {
    const report = `
      const { on } = process;
      process.on = function (event, ...rest) {
        if (event === 'SIGINT') {
          console.error('SIGINT watched, http loaded:', process.moduleLoadList.includes('NativeModule http'));
          process.on = on;
          setImmediate(() => process.kill(process.pid, 'SIGINT'));
        }
        return on.call(this, event, ...rest);
      };`;
    writeGatedDriver(directory);
    const server = start([], ['--import', `data:text/javascript,${encodeURIComponent(report)}`]);
    expect(await server.closed).toBe(0);
    expect(server.log()).toContain('SIGINT watched, http loaded: false');
    expect(server.log()).toContain("Received signal 'interrupt'; beginning shutdown");
    expect(server.log()).not.toContain('Status: Running');
  });
});
