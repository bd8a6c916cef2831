import type { Manifest } from './manifests.ts';

interface Kind {
  readonly prototype: { validate(): void };
}

/**
 * What is wrong with an object by the published schema of its kind; empty when nothing is. Kinds of dapr.io are for their own
 * definitions to check (see custom-resources.ts).
 */
export async function problemsOf(manifest: Manifest): Promise<string[]> {
  const kind = await kindOf(manifest);
  if (kind === undefined) return [`no schema for ${manifest.apiVersion} ${manifest.kind}`];
  const { watched, unread } = watch(manifest);
  try {
    kind.prototype.validate.call(watched);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  return unread().map((member) => `${member} is unknown`);
}

async function kindOf({ apiVersion, kind }: Manifest): Promise<Kind | undefined> {
  const from = apiVersion.startsWith('monitoring.coreos.com/') ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models';
  const module: Record<string, Kind> = await import(`${from}/${apiVersion}`);
  return module[kind];
}

/**
 * The schemas say nothing of members that they do not know, and the API server refuses them. But a validator reads every
 * member that it knows: what it left unread, of an object of which it read anything, is unknown.
 */
function watch(root: object): { watched: unknown; unread: () => string[] } {
  const read = new Map<object, Set<string>>();
  const proxies = new Map<object, object>();
  const proxyOf = (target: unknown): unknown => {
    if (typeof target !== 'object' || target === null) return target;
    const present = proxies.get(target);
    if (present !== undefined) return present;
    const proxy = new Proxy(target, {
      get(object, member, receiver) {
        if (typeof member === 'string') read.set(object, (read.get(object) ?? new Set()).add(member));
        return proxyOf(Reflect.get(object, member, receiver));
      },
    });
    proxies.set(target, proxy);
    return proxy;
  };
  const unreadIn = (value: unknown, path: string): string[] => {
    if (typeof value !== 'object' || value === null) return [];
    const members = read.get(value);
    if (members === undefined) return [];
    return Object.entries(value).flatMap(([member, inner]) => {
      const where = Array.isArray(value) ? `${path}[${member}]` : `${path}.${member}`;
      return members.has(member) ? unreadIn(inner, where) : [where];
    });
  };
  return { watched: proxyOf(root), unread: () => unreadIn(root, '') };
}
