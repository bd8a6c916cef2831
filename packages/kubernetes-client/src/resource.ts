import { escapeSegment } from '@coffer/http-client';
import { KubernetesError } from './errors.ts';

/** A kind of objects in a namespace: `{ version: 'v1', resource: 'secrets', namespace: 'shop' }`. */
export interface ResourceList {
  /** Empty or absent: the core group. */
  readonly group?: string;
  readonly version: string;
  /** Plural, in lower case. */
  readonly resource: string;
  /** Absent: a resource that belongs to no namespace. */
  readonly namespace?: string;
}
export interface ResourceName extends ResourceList {
  readonly name: string;
}

export type Verb = 'get' | 'list' | 'watch';

/** Path of a resource below the server's address. Fails with `invalid` for names that would reach another path. */
export function pathOf(resource: ResourceList | ResourceName): string {
  const { group = '', version, namespace } = resource;
  const parts = group === '' ? ['/api', version] : ['/apis', group, version];
  if (namespace !== undefined) parts.push('namespaces', segment('namespace', namespace));
  parts.push(resource.resource);
  if ('name' in resource) parts.push(segment('resource name', resource.name));
  return parts.join('/');
}

/** `secrets`, or `components.dapr.io`, as the API server names them. */
export function labelOf({ group = '', resource }: ResourceList): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** The rule that a Role needs for a request to be allowed. */
export function ruleFor(verb: Verb, resource: ResourceList | ResourceName): string {
  const { group = '', namespace } = resource;
  const names = 'name' in resource ? `, resourceNames: [${resource.name}]` : '';
  const kind = namespace === undefined ? 'ClusterRole' : `Role in namespace ${namespace}`;
  return `add to a ${kind}: {apiGroups: ["${group}"], resources: [${resource.resource}]${names}, verbs: [${verb}]}`;
}

/** The checks and words of the reference's client. */
function segment(what: string, text: string): string {
  if (text === '') throw new KubernetesError('invalid', `${what} may not be empty`);
  const problems = text === '.' || text === '..' ? [`may not be '${text}'`] : [];
  for (const part of ['/', '%']) if (text.includes(part)) problems.push(`may not contain '${part}'`);
  if (problems.length > 0) throw new KubernetesError('invalid', `invalid ${what} ${quote(text)}: [${problems.join(' ')}]`);
  return escapeSegment(text);
}

/** In double quotes; a byte that is not UTF-8 (the lone surrogate U+DC00 + byte) as `\xff`. */
function quote(text: string): string {
  return JSON.stringify(text).replace(/\\udc([89a-f][0-9a-f])/g, '\\x$1');
}
