import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { configuration } from './cases/fixtures.ts';
import { fileStore, startCofferd } from './support/cofferd.ts';
import { freePort } from './support/free-port.ts';
import { getSecret } from './support/grpc-call.ts';

const BIN = fileURLToPath(new URL('../bin/cofferd.js', import.meta.url));
const FILES = { 'secrets.json': '{"k1":"v1"}', 'components/s.yaml': fileStore('s', 'secrets.json') };

/** Runs cofferd to its end. */
async function run(args: readonly string[], { kill, cwd }: { kill?: string; cwd?: string } = {}) {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd ? { cwd } : {}),
  });
  const output = { stdout: '', stderr: '' };
  let killed = false;
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
      if (kill === undefined || killed || !output.stdout.includes(kill)) return;
      killed = child.kill('SIGINT');
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('cofferd: the command line', () => {
  it('prints version, build information and help', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^(edge|\d+\.\d+\.\d+)\n$/) });
    expect((await run(['--build-info'])).stdout).toMatch(/^Version: .+\nGit Commit: .+\nGit Version: .+\n$/);
    expect(await run(['--help'])).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('Usage of cofferd') });
  });

  it('answers a wrong flag with the usage and exit code 2', async () => {
    expect(await run(['--nope'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^unknown flag: --nope\nUsage/),
    });
  });

  it('answers a wrong value with a fatal line and exit code 1', async () => {
    const { code, stdout } = await run(['--app-id=a.b']);
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining('level=fatal msg="Fatal error from runtime: parameter app-id cannot contain dots"'),
    ]);
    expect(await run(['--app-id=a', '--log-file=/nope/x'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('--log-file: ENOENT'),
    });
  });

  it('waits for a running sidecar with --wait', async () => {
    await using cofferd = await startCofferd();
    expect(await run(['--wait', `--dapr-http-port=${cofferd.port}`])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('is ready'),
    });
  });
});

const grpcPortFlag = async (): Promise<string> => `--dapr-grpc-port=${await freePort()}`;

describe('cofferd: starting', () => {
  it('ends with 0 when it is interrupted in the middle of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coffer-start-'));
    const args = [
      '--app-id=a',
      `--resources-path=${folder}`,
      `--dapr-http-port=${await freePort()}`,
      await grpcPortFlag(),
      `--metrics-port=${await freePort()}`,
    ];
    for (const line of ['Log level set to', 'app id: a', 'Loading components']) {
      const { code, stdout } = await run(args, { kill: line });
      expect([line, code]).toEqual([line, 0]);
      expect(stdout).toContain('Daprd shutdown gracefully');
    }
    rmSync(folder, { recursive: true });
  });

  it('says which port is taken, and which flag chooses another', async () => {
    const taken = createTcpServer();
    const port = await listening(taken);
    const { code, stdout } = await run([
      '--app-id=a',
      `--dapr-http-port=${port}`,
      await grpcPortFlag(),
      '--enable-metrics=false',
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain(`port ${port} is in use by another process: waiting for it; --dapr-http-port chooses another`);
    expect(stdout).toContain('Fatal error from runtime: failed to start HTTP server: could not listen on any endpoint');
    const grpc = await run(['--app-id=a', `--dapr-grpc-port=${port}`, '--enable-metrics=false']);
    expect(grpc.code).toBe(1);
    expect(grpc.stdout).toContain(`level=error msg="Failed to listen for gRPC server on TCP address 127.0.0.1:${port}`);
    expect(grpc.stdout).toContain('Fatal error from runtime: failed to start API gRPC server: could not listen on any endpoint');
    const metrics = await run(['--app-id=a', `--dapr-http-port=${await freePort()}`, `--metrics-port=${port}`]);
    expect(metrics).toMatchObject({ code: 1, stdout: expect.stringContaining('--metrics-port chooses another port') });
    taken.close();
  }, 40_000);

  it('waits for a port that becomes free', async () => {
    const taken = createTcpServer();
    const port = await listening(taken);
    setTimeout(() => taken.close(), 500);
    const { code, stdout } = await run(
      ['--app-id=a', `--dapr-http-port=${port}`, await grpcPortFlag(), '--enable-metrics=false'],
      {
        kill: 'Status: Running',
      },
    );
    expect([code, stdout]).toEqual([0, expect.stringContaining(`HTTP server listening on TCP address: 127.0.0.1:${port}`)]);
  }, 20_000);

  it('is ready for its clients before the application listens, and healthy after', async () => {
    const app = createTcpServer();
    const appPort = await listening(app);
    await new Promise((resolve) => app.close(resolve));
    const folder = mkdtempSync(join(tmpdir(), 'coffer-app-'));
    const port = await freePort();
    const child = spawn(
      process.execPath,
      [BIN, '--app-id=a', `--dapr-http-port=${port}`, await grpcPortFlag(), '--enable-metrics=false', `--app-port=${appPort}`],
      { stdio: 'ignore' },
    );
    const status = (path: string) =>
      fetch(`http://127.0.0.1:${port}${path}`).then(
        ({ status }) => status,
        () => 0,
      );
    while ((await status('/v1.0/healthz/outbound')) !== 204) await sleep(20);
    expect(await status('/v1.0/healthz')).toBe(500);
    const late = createTcpServer().listen(appPort, '127.0.0.1');
    while ((await status('/v1.0/healthz')) !== 204) await sleep(20);
    late.close();
    child.kill('SIGTERM');
    expect((await once(child, 'close'))[0]).toBe(0);
    rmSync(folder, { recursive: true });
  });

  it('serves on a unix socket that only its user may use, and removes it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coffer-socket-'));
    writeFileSync(join(folder, 'secrets.json'), '{"k1":"v1"}');
    writeFileSync(join(folder, 's.yaml'), fileStore('s', 'secrets.json'));
    const child = spawn(
      process.execPath,
      [BIN, '--app-id=a', '--resources-path=.', `--unix-domain-socket=${folder}`, '--enable-metrics=false'],
      { cwd: folder, stdio: 'ignore' },
    );
    const socketPath = join(folder, 'dapr-a-http.socket');
    while (!existsSync(socketPath)) await sleep(20);
    await sleep(100);
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    const body = await new Promise<string>((resolve, reject) => {
      const sent = request({ socketPath, path: '/v1.0/secrets/s/k1', headers: { host: 'anything' } }, (response) => {
        response.setEncoding('utf8').once('data', resolve);
      });
      sent.once('error', reject).end();
    });
    expect(body).toBe('{"k1":"v1"}\n');
    const grpcPath = join(folder, 'dapr-a-grpc.socket');
    expect(statSync(grpcPath).mode & 0o777).toBe(0o600);
    expect(await getSecret(`unix:${grpcPath}`, 's', 'k1')).toMatchObject({ code: 'OK', response: expect.stringContaining('v1') });
    child.kill('SIGTERM');
    expect((await once(child, 'close'))[0]).toBe(0);
    expect([socketPath, grpcPath].filter((path) => existsSync(path))).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it('18-116: a response over the limit fails over gRPC, where HTTP has none', async () => {
    const files = { ...FILES, 'secrets.json': JSON.stringify({ big: 'x'.repeat(5000) }) };
    await using cofferd = await startCofferd({ files, args: ['--max-body-size=4000'] });
    expect(await getSecret(cofferd, 's', 'big')).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: 'grpc: trying to send message larger than max (5011 vs. 4000)',
    });
    expect((await cofferd.get('/v1.0/secrets/s/big')).status).toBe(200);
  });

  it('opens the gRPC API first, and says what guards it', async () => {
    const files = {
      ...FILES,
      'config.yaml': configuration('  api:\n    allowed: [{ name: secrets, version: v1, protocol: grpc }]\n'),
    };
    await using cofferd = await startCofferd({ files, args: ['--config=config.yaml'], env: { DAPR_API_TOKEN: 'tok' } });
    const lines = [
      'Enabled API access list on gRPC server',
      'Enabled token authentication on gRPC server',
      `gRPC server listening on TCP address: 127.0.0.1:${cofferd.grpcPort}`,
      `API gRPC server is running on port ${cofferd.grpcPort}`,
      `HTTP server listening on TCP address: 127.0.0.1:${cofferd.port}`,
    ];
    const places = lines.map((line) => cofferd.log().indexOf(line));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
  });

  it('answers metrics on any path', async () => {
    const metricsPort = await freePort();
    await using cofferd = await startCofferd({ files: FILES, args: [`--metrics-port=${metricsPort}`] });
    await cofferd.get('/v1.0/secrets/s/k1');
    await cofferd.get('/v1.0/secrets/s/zz');
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/any/path`)).text();
    expect(text).toContain(
      'dapr_component_secret_count{app_id="app1",component="s",namespace="",operation="get",success="true"} 1',
    );
    expect(text).toContain(
      'dapr_component_secret_count{app_id="app1",component="s",namespace="",operation="get",success="false"} 1',
    );
    expect(text).toContain('dapr_http_server_request_count{app_id="app1",method="GET",path="/v1.0/secrets/s",status="200"} 1');
    expect(text).toContain('dapr_runtime_component_init_total{app_id="app1",component="secretstores.local.file"} 1');
    expect(text).toContain('process_cpu_seconds_total');
  });
});

describe('cofferd: stopping', () => {
  it('tells under --strict-dapr only now that a released component failed', async () => {
    const late = fileStore('late', 'nope.json', 'auth: { secretStore: s }').replace(
      'value: nope.json',
      'secretKeyRef: { name: missing }',
    );
    const files = { ...FILES, 'components/late.yaml': late };
    await using cofferd = await startCofferd({ files, args: ['--strict-dapr', '--dapr-listen-addresses=127.0.0.1'] });
    expect((await cofferd.get('/v1.0/secrets/s/k1')).status).toBe(200);
    const closed = once(cofferd.child, 'close');
    cofferd.child.kill('SIGTERM');
    expect((await closed)[0]).toBe(1);
    expect(cofferd.log()).toContain('level=fatal msg="Fatal error from runtime: process component late error');
  });

  it('18-180: keeps serving while its end is blocked, not healthy any more', async () => {
    await using cofferd = await startCofferd({ files: FILES, args: ['--dapr-block-shutdown-duration=1s'] });
    const closed = once(cofferd.child, 'close');
    cofferd.child.kill('SIGTERM');
    await sleep(300);
    expect((await cofferd.get('/v1.0/secrets/s/k1')).status).toBe(200);
    expect((await cofferd.get('/v1.0/healthz')).status).toBe(500);
    expect((await closed)[0]).toBe(0);
    expect(cofferd.log()).toContain('Block shutdown period expired, entering shutdown...');
  });

  it('ends at once at a second signal', async () => {
    await using cofferd = await startCofferd({ files: FILES, args: ['--dapr-block-shutdown-duration=1m'] });
    const closed = once(cofferd.child, 'close');
    cofferd.child.kill('SIGTERM');
    await sleep(200);
    cofferd.child.kill('SIGINT');
    expect((await closed)[0]).toBe(1);
    expect(cofferd.log()).toContain("Received signal 'interrupt' during shutdown; exiting immediately");
  });

  it('does not open a debugger for SIGUSR1', async () => {
    await using cofferd = await startCofferd({ files: FILES });
    cofferd.child.kill('SIGUSR1');
    await sleep(200);
    expect((await cofferd.get('/v1.0/secrets/s/k1')).status).toBe(200);
    expect(cofferd.log()).not.toContain('Debugger');
  });

  it('tells in one line that flags have no effect', async () => {
    await using cofferd = await startCofferd({ files: FILES, args: ['--enable-mtls', '--placement-host-address=127.0.0.1:1'] });
    const lines = cofferd
      .log()
      .split('\n')
      .filter((line) => line.includes('no effect'));
    expect(lines).toEqual([expect.stringContaining('--enable-mtls, --placement-host-address')]);
  });
});
