import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { renderedFolder } from '../charts.ts';

/** A Kubernetes object, as far as every kind has it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: unknown;
}
export interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly restartPolicy?: string;
  readonly [probe: `${string}Probe`]: { readonly httpGet: { readonly path: string; readonly port: string } };
}
export interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
}

/** The documents of a YAML text as Kubernetes reads them, by the rules of YAML 1.1. */
export function documentsOf(text: string): unknown[] {
  return parseAllDocuments(text, { version: '1.1' }).flatMap((document) => {
    if ('errors' in document && document.errors.length > 0) throw document.errors[0];
    const value: unknown = 'toJS' in document ? document.toJS() : null;
    return value === null ? [] : [value];
  });
}

export function rendered(name: string): Manifest[] {
  return documentsOf(readFileSync(path.join(renderedFolder, `${name}.yaml`), 'utf8')) as Manifest[];
}

/** The only one of its kind. */
export function one(manifests: readonly Manifest[], kind: string): Manifest {
  const [found, ...others] = manifests.filter((manifest) => manifest.kind === kind);
  if (found === undefined || others.length > 0) throw new Error(`${others.length === 0 ? 'no' : 'more than one'} ${kind}`);
  return found;
}

/** The pod of a DaemonSet or Deployment, if that is what it is. */
export function podOf({ spec }: Manifest): { labels: Readonly<Record<string, string>>; spec: PodSpec } | undefined {
  const template = (spec as { template?: { metadata: { labels: Record<string, string> }; spec: PodSpec } } | undefined)?.template;
  return template && { labels: template.metadata.labels, spec: template.spec };
}

export function containersOf({ initContainers = [], containers }: PodSpec): readonly Container[] {
  return [...initContainers, ...containers];
}
