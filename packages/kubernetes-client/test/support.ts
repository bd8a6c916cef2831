import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeKubernetes } from '@coffer/fake-kubernetes';
import {
  type ClientOptions,
  connectKubernetes,
  type FindOptions,
  type KubernetesClient,
  KubernetesError,
  type ResourceList,
  type ResourceName,
} from '../src/index.ts';

/** A folder that goes away with its scope. */
export class Folder implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'kubernetes-client-'));

  write(name: string, content: string | Buffer): string {
    const path = join(this.path, name);
    writeFileSync(path, content, { mode: 0o700 });
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** A client of a fake, through a kubeconfig as a user would have it. */
export async function clientOf(
  fake: FakeKubernetes,
  user?: string | object,
  options: ClientOptions & FindOptions & { readonly cluster?: object } = {},
): Promise<KubernetesClient> {
  using folder = new Folder();
  const kubeconfigPath = folder.write('config', fake.kubeconfig(user, options.cluster));
  return await connectKubernetes({ environment: {}, kubeconfigPath, ...options });
}

/** The `KubernetesError` that something ends with. */
export async function failureOf(work: Promise<unknown>): Promise<KubernetesError> {
  try {
    await work;
  } catch (cause) {
    if (cause instanceof KubernetesError) return cause;
    throw cause;
  }
  throw new Error('did not fail');
}

export function secrets(namespace: string): ResourceList {
  return { version: 'v1', resource: 'secrets', namespace };
}
export function secret(namespace: string, name: string): ResourceName {
  return { ...secrets(namespace), name };
}
