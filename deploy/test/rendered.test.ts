import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inputsDigest, inputsFile, renderings } from '../charts.ts';
import { problemsOf } from './kubernetes-schemas.ts';
import { containersOf, type Manifest, one, podOf, rendered } from './manifests.ts';

const names = renderings.map(({ name }) => name);

test('what is rendered is of the present chart: npm run charts renders it anew', () => {
  expect(readFileSync(inputsFile, 'utf8').trim()).toBe(inputsDigest());
});

describe('the schemas of Kubernetes', () => {
  test.each(names)('hold for %s', async (name) => {
    const manifests = rendered(name).filter(({ apiVersion }) => !apiVersion.startsWith('dapr.io/'));
    expect(manifests.length).toBeGreaterThan(2);
    for (const manifest of manifests) expect([manifest.kind, await problemsOf(manifest)]).toEqual([manifest.kind, []]);
  });

  test.each([
    ['a wrong type', (text: string) => text.replace('"containerPort":3500', '"containerPort":"3500"'), 'must be integer'],
    ['a missing member', (text: string) => text.replace('"selector":', '"labels":'), 'must have required property selector'],
    ['a misspelt member', (text: string) => text.replace('"livenessProbe"', '"livenessprobe"'), 'livenessprobe is unknown'],
    ['a misspelt member of a list', (text: string) => text.replace('"readOnly"', '"readonly"'), 'readonly is unknown'],
    ['a kind that there is not', (text: string) => text.replace('"DaemonSet"', '"DemonSet"'), 'no schema for apps/v1 DemonSet'],
  ])('find %s', async (_, broken, problem) => {
    const sound = JSON.stringify(one(rendered('daemonset'), 'DaemonSet'));
    expect(broken(sound)).not.toBe(sound);
    expect((await problemsOf(JSON.parse(broken(sound)) as Manifest)).join()).toContain(problem);
  });
});

// All but the one whose Deployment is in the application's chart.
describe.each(names.filter((name) => name !== 'sidecar'))('%s', (name) => {
  const manifests = rendered(name);
  const [pod, ...others] = manifests.flatMap((manifest) => podOf(manifest) ?? []);
  if (pod === undefined || others.length > 0) throw new Error(`${name} should have one pod`);
  const containers = containersOf(pod.spec);

  test('has no container that could do more than it must', () => {
    expect(pod.spec.automountServiceAccountToken).toBe(false);
    expect(containers.find((container) => container.name === 'cofferd')?.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  test('gives the token of the service account to cofferd alone', () => {
    const holders = containers.filter(({ volumeMounts = [] }) =>
      volumeMounts.some((mount) => mount.name === 'coffer-service-account'),
    );
    expect(holders.map((holder) => holder.name)).toEqual(['cofferd']);
  });

  test('refers to nothing that is not there', () => {
    const all = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(all).toContain(`ServiceAccount/${pod.spec.serviceAccountName}`);
    const volumes = pod.spec.volumes.map((volume) => volume.name);
    for (const { args = [], ports = [], volumeMounts = [], ...container } of containers) {
      for (const mount of volumeMounts) expect(volumes).toContain(mount.name);
      for (const kind of ['startup', 'liveness', 'readiness'] as const) {
        const probe = container[`${kind}Probe`];
        if (probe) expect(ports.map((port) => port.name)).toContain(probe.httpGet.port);
      }
      const [, configuration] = /--config=(\S+)/.exec(args.join(' ')) ?? [];
      const existing = name === 'sidecar-container';
      if (configuration !== undefined && !existing) expect(all).toContain(`Configuration/${configuration}`);
    }
    for (const { kind, spec } of manifests) {
      if (!['Service', 'NetworkPolicy', 'PodMonitor'].includes(kind)) continue;
      const labels = matchLabelsOf(spec);
      expect(Object.keys(labels).length).toBeGreaterThan(0);
      expect(pod.labels).toMatchObject(labels);
    }
  });

  test('lets the pod end in its own time', () => {
    const args = containers.flatMap((container) => container.args ?? []).join('\n');
    const seconds = (flag: string) => Number(new RegExp(`^--${flag}=(\\d+)s?$`, 'm').exec(args)?.[1] ?? 0);
    const needed = seconds('dapr-graceful-shutdown-seconds') + seconds('dapr-block-shutdown-duration');
    expect(needed).toBeGreaterThan(0);
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(needed + 5);
  });
});

function matchLabelsOf(spec: unknown): Record<string, string> {
  const { selector, podSelector } = spec as Record<'selector' | 'podSelector', Record<string, unknown> | undefined>;
  const found = podSelector ?? selector ?? {};
  return (found.matchLabels ?? found) as Record<string, string>;
}

describe('what the service account may do', () => {
  const follow = { apiGroups: ['dapr.io'], resources: ['components', 'resiliencies'], verbs: ['list', 'watch'] };
  const configuration = (name: string) => ({ ...follow, resources: ['configurations'], resourceNames: [name] });
  const secrets = (verbs: string[], ...names: string[]) => {
    const rule = { apiGroups: [''], resources: ['secrets'], verbs };
    return names.length === 0 ? rule : { ...rule, resourceNames: names };
  };
  const all = ['get', 'list', 'watch'];

  test.each([
    ['sidecar', 'no secret at all without a name', []],
    [
      'sidecar-example',
      'get what scopes of the built-in store allow, and follow what components refer to',
      [configuration('demo-coffer'), secrets(all, 'vault-token'), secrets(['get'], 'database', 'payment')],
    ],
    ['daemonset-other-stores', 'nothing for scopes of other stores', [configuration('demo-coffer')]],
    ['daemonset-bulk', 'read every secret for bulk reads', [secrets(all)]],
    ['sidecar-container', 'follow a Configuration that is there', [configuration('shop'), secrets(all)]],
  ])('%s: %s', (name, _, rules) => {
    expect((one(rendered(name), 'Role') as unknown as { rules: unknown[] }).rules).toEqual([follow, ...rules]);
  });

  test('is a matter of the namespace', () => {
    for (const name of names) expect(rendered(name).filter(({ kind }) => kind.startsWith('Cluster'))).toEqual([]);
  });
});

describe('who may reach it', () => {
  const ingressOf = (name: string) => (one(rendered(name), 'NetworkPolicy').spec as { ingress: unknown[] }).ingress;
  const argsOf = (name: string): readonly string[] =>
    rendered(name)
      .flatMap((manifest) => podOf(manifest) ?? [])
      .flatMap(({ spec }) => containersOf(spec))
      .find((container) => container.name === 'cofferd')?.args ?? [];

  test('a sidecar: the pod itself, over loopback', () => {
    expect(argsOf('sidecar-example')).toContain('--dapr-listen-addresses=127.0.0.1');
    expect(ingressOf('sidecar-example')).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
        ports: [{ protocol: 'TCP', port: 9090 }],
      },
    ]);
  });

  test('a node’s cofferd: the clients that are named, with the token, and the scrapers its metrics', () => {
    expect(argsOf('daemonset')).toContain('--dapr-listen-addresses=$(DAPR_HOST_IP)');
    const [clients, scrapers, ...others] = ingressOf('daemonset');
    expect(clients).toMatchObject({ ports: [{ port: 3500 }, { port: 50001 }] });
    expect(scrapers).toMatchObject({ ports: [{ port: 9090 }] });
    expect(others).toEqual([]);
    expect(JSON.stringify(one(rendered('daemonset'), 'DaemonSet'))).toContain('"name":"DAPR_API_TOKEN"');
    expect(one(rendered('daemonset'), 'Service').spec).toMatchObject({ internalTrafficPolicy: 'Local' });
  });

  test('nobody when nobody is named: a rule without peers would let everybody in', () => {
    expect(ingressOf('daemonset-bulk')).toEqual([]);
  });
});
