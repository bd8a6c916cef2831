import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { FakeKubernetes, type Rule } from '@coffer/fake-kubernetes';
import { type Container, containersOf, type Manifest, one, podOf, rendered } from './manifests.ts';

const SERVER = path.dirname(createRequire(import.meta.url).resolve('@coffer/server/package.json'));
const NAMESPACE = 'shop';

/** The cofferd of a rendering, started with its flags, against an API server that grants what its Role says. */
export interface RenderedCofferd extends AsyncDisposable {
  readonly container: Container;
  readonly child: ChildProcess;
  readonly kubernetes: FakeKubernetes;
  log(): string;
  /** The free port of this machine in place of one of the manifest. */
  port(written: number): number;
  /** As the kubelet asks: on the pod's address, without the token. 0 when nobody listens. */
  probe(kind: string): Promise<number>;
  /** As the application asks: status and body. */
  read(target: string): Promise<[number, string]>;
}

/** `prepare` puts secrets and components into the API server, before cofferd starts; `env` is what it has beside the manifest's. */
export async function startRendered(
  name: string,
  prepare: (kubernetes: FakeKubernetes, namespace: string) => void = () => {},
  env: Readonly<Record<string, string>> = {},
): Promise<RenderedCofferd> {
  const manifests = rendered(name);
  const container = manifests
    .flatMap((manifest) => podOf(manifest) ?? [])
    .flatMap(({ spec }) => containersOf(spec))
    .find((candidate) => candidate.name === 'cofferd');
  if (container === undefined) throw new Error(`${name} has no container cofferd`);
  const kubernetes = await FakeKubernetes.start({ users: { cofferd: { name: 'cofferd', rules: rulesOf(manifests) } } });
  for (const { kind, metadata, spec } of manifests)
    if (kind === 'Configuration') kubernetes.put('configurations', NAMESPACE, metadata.name, { spec });
  prepare(kubernetes, NAMESPACE);

  const folder = mkdtempSync(path.join(os.tmpdir(), 'rendered-'));
  writeFileSync(path.join(folder, 'kubeconfig'), kubernetes.kubeconfig('cofferd'));
  const ports = await freePorts(container.args.flatMap((arg) => /(?<=port=)\d+$/.exec(arg)?.[0] ?? []));
  const flags = container.args.map((arg) =>
    arg.replace('$(DAPR_HOST_IP)', '127.0.0.1').replace(/(?<=port=)\d+$/, (written) => String(ports.get(written))),
  );
  const child = spawn(process.execPath, [path.join(SERVER, 'bin/cofferd.js'), ...flags], {
    cwd: folder,
    env: { NAMESPACE, KUBECONFIG: 'kubeconfig', DAPR_API_TOKEN: 'token', DAPR_HOST_IP: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (log += text));

  const port = (written: number): number => ports.get(String(written)) ?? 0;
  return {
    container,
    child,
    kubernetes,
    log: () => log,
    port,
    async probe(kind) {
      const asked = container[`${kind}Probe`]?.httpGet;
      if (asked === undefined) throw new Error(`no ${kind}Probe`);
      const written = container.ports?.find((candidate) => candidate.name === asked.port)?.containerPort ?? 0;
      return fetch(`http://127.0.0.1:${port(written)}${asked.path}`).then(
        ({ status }) => status,
        () => 0,
      );
    },
    async read(target) {
      const headers = { 'dapr-api-token': 'token' };
      const response = await fetch(`http://127.0.0.1:${port(3500)}/v1.0/secrets/${target}`, { headers });
      return [response.status, await response.text()];
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
      await kubernetes[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

function rulesOf(manifests: readonly Manifest[]): Rule[] {
  const { rules } = one(manifests, 'Role') as unknown as {
    rules: { apiGroups: [string]; resources: string[]; resourceNames?: string[]; verbs: string[] }[];
  };
  return rules.map(({ apiGroups: [group], resources, resourceNames, verbs }) => {
    const rule: Rule = { group, resources, verbs, namespace: NAMESPACE };
    return resourceNames === undefined ? rule : { ...rule, names: resourceNames };
  });
}

async function freePorts(written: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const reserved = await Promise.all(written.map(async (port) => [port, await listening()] as const));
  const free = reserved.map(([port, server]) => [port, (server.address() as { port: number }).port] as const);
  for (const [, server] of reserved) await new Promise((resolve) => server.close(resolve));
  return new Map(free);
}

async function listening(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
