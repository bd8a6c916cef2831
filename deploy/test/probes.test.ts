import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Container, containersOf, podOf, rendered } from './manifests.ts';

const SERVER = path.dirname(createRequire(import.meta.url).resolve('@coffer/server/package.json'));

/** Ports of the manifest -> free ones of this machine. */
type Ports = ReadonlyMap<string, number>;

function cofferdOf(name: string): Container {
  const pods = rendered(name).flatMap((manifest) => podOf(manifest) ?? []);
  const found = pods.flatMap(({ spec }) => containersOf(spec)).find((container) => container.name === 'cofferd');
  if (found === undefined) throw new Error(`${name} has no container cofferd`);
  return found;
}

/** A port that is free while the returned server listens on it. */
async function reserve(): Promise<[number, Server]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return [(server.address() as { port: number }).port, server];
}

async function freePorts(written: readonly string[]): Promise<Ports> {
  const reserved = await Promise.all(written.map(async (port) => [port, await reserve()] as const));
  for (const [, [, server]] of reserved) await new Promise((resolve) => server.close(resolve));
  return new Map(reserved.map(([port, [free]]) => [port, free]));
}

/** The program of the container with the flags of the manifest. Its resources would come from an API server, so that flag is left out. */
function start({ args }: Container, ports: Ports): ChildProcess {
  const flags = args
    .filter((arg) => !/^--(mode|config)=/.test(arg))
    .map((arg) => arg.replace('$(DAPR_HOST_IP)', '127.0.0.1').replace(/(?<=port=)\d+$/, (port) => String(ports.get(port))));
  return spawn(process.execPath, [path.join(SERVER, 'bin/cofferd.js'), ...flags], {
    env: { DAPR_API_TOKEN: 'token', DAPR_HOST_IP: '127.0.0.1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** As the kubelet asks: on the pod's address, without the token. 0 when nobody listens. */
async function probe({ ports = [], ...container }: Container, kind: string, free: Ports): Promise<number> {
  const asked = container[`${kind}Probe`]?.httpGet;
  if (asked === undefined) throw new Error(`no ${kind}Probe`);
  const written = ports.find(({ name }) => name === asked.port)?.containerPort;
  return fetch(`http://127.0.0.1:${free.get(String(written))}${asked.path}`).then(
    ({ status }) => status,
    () => 0,
  );
}

describe.each(['daemonset', 'shop', 'sidecar-container'])('the probes of %s', (name) => {
  const container = cofferdOf(name);
  const [appPort] = container.args.flatMap((arg) => /(?<=^--app-port=)\d+$/.exec(arg) ?? []);
  const blocked = container.args.some((arg) => arg.startsWith('--dapr-block-shutdown-duration='));
  let ports: Ports;
  let child: ChildProcess;
  const status = (kind: string) => probe(container, kind, ports);
  const becomes = (kind: string, wanted: number) => expect.poll(() => status(kind), { timeout: 30_000 }).toBe(wanted);

  beforeAll(async () => {
    ports = await freePorts(container.args.flatMap((arg) => /(?<=port=)\d+$/.exec(arg)?.[0] ?? []));
    child = start(container, ports);
  });
  afterAll(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  });

  test('find that it has started and lives, whatever the application does', async () => {
    await becomes('startup', 204);
    expect(await status('liveness')).toBe(204);
  });

  test(`find it ready${appPort === undefined ? '' : ' when the application is'}`, async () => {
    if (appPort === undefined) return becomes('readiness', 204);
    expect(await status('readiness')).toBe(500);
    const app = createServer().listen(ports.get(appPort), '127.0.0.1');
    await becomes('readiness', 204);
    expect(await status('liveness')).toBe(204);
    app.close();
  });

  test(blocked ? 'find it alive and not ready while its end is put off' : 'end with it at the signal', async () => {
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    if (!blocked) return expect((await ended)[0]).toBe(0);
    await becomes('readiness', 500);
    expect(await status('liveness')).toBe(204);
  });
});
