import type { Kind } from './objects.ts';
import { Failure } from './status.ts';

/** What a request asks for. */
export interface Route {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  /** Decoded. */
  readonly name: string | undefined;
}

/** Resources that the server has. */
export const KINDS: readonly Kind[] = [
  { group: '', version: 'v1', resource: 'namespaces', kind: 'Namespace' },
  { group: '', version: 'v1', resource: 'secrets', kind: 'Secret' },
  { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap' },
  { group: 'dapr.io', version: 'v1alpha1', resource: 'components', kind: 'Component' },
  { group: 'dapr.io', version: 'v1alpha1', resource: 'configurations', kind: 'Configuration' },
  { group: 'dapr.io', version: 'v1alpha1', resource: 'resiliencies', kind: 'Resiliency' },
];

/** Undefined: no such path, which the real server answers in plain text. Fails with 404 for a resource that is not there. */
export function routeOf(path: string, kinds: readonly Kind[]): Route | undefined {
  const parts = path.split('/').slice(1).map(decoded);
  const [root, ...rest] = parts;
  const group = root === 'apis' ? rest.shift() : root === 'api' ? '' : undefined;
  const version = rest.shift();
  if (group === undefined || version === undefined) return undefined;
  // Namespaces are resources too: /api/v1/namespaces/shop has no more to it.
  const [namespace, resource, name, more] = rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(1) : [undefined, ...rest];
  const kind = kinds.find((known) => known.group === group && known.version === version && known.resource === resource);
  if (kind !== undefined && more === undefined) return { kind, namespace, name };
  if (group !== '' && !kinds.some((known) => known.group === group)) return undefined;
  throw new Failure(404, 'NotFound', 'the server could not find the requested resource', { details: {} });
}

/** Bytes that are no UTF-8 stay as they are written: no name has them. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    if (cause instanceof URIError) return part;
    throw cause;
  }
}
