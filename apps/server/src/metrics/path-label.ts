import type { PathMatcher } from './path-matcher.ts';

const STATIC: ReadonlySet<string> = new Set(['/dapr/config', '/dapr/metrics', '/dapr/subscribe', '/healthz']);

export interface PathLabelOptions {
  readonly increasedCardinality: boolean;
  /** Patterns of the Configuration. */
  readonly matcher: PathMatcher | undefined;
}

/** Answers the `path` label for a decoded path. */
export function createPathLabel({ increasedCardinality, matcher }: PathLabelOptions): (path: string) => string {
  if (matcher === undefined) return increasedCardinality ? withoutNames : () => '';
  const fallback = increasedCardinality ? withoutNames : () => '';
  return (path) => {
    const normal = normalized(path);
    if (STATIC.has(normal)) return normal;
    const matched = matcher.match(normal);
    if (matched !== undefined) return matched;
    // A pattern may also be written as the label that a path has without patterns.
    const label = withoutNames(normal);
    const matchedLabel = label === normal ? undefined : matcher.match(label);
    return matchedLabel !== undefined && matchedLabel !== '/' ? matchedLabel : fallback(normal);
  };
}

/** Slashes in a row are one, and one stands at the start. */
export function normalized(path: string): string {
  const single = path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
  return single.startsWith('/') ? single : `/${single}`;
}

/**
 * The path without what there can be many of: names of secrets, of state, ids of actors and workflows. A label for each
 * name would be as many series as there are secrets.
 */
export function withoutNames(path: string): string {
  if (path === '') return path;
  const normal = normalized(path);
  // By far the most.
  if (normal.startsWith('/v1.0/secrets/')) {
    const end = normal.indexOf('/', '/v1.0/secrets/'.length);
    return end < 0 ? normal : normal.slice(0, end);
  }
  const [first = '', group, name, id, action, ...rest] = normal.slice(1).split('/');
  if (name === undefined) return normal;
  if (first === 'actors') return ['actors', group, '{id}', ...present(id, action), ...joined(rest)].join('/');
  switch (group) {
    case 'state':
    case 'secrets':
      return `/${first}/${group}/${name}`;
    case 'actors':
      return action === undefined ? normal : `/${first}/actors/${name}/{id}/${action}`;
    case 'workflows':
      return id === undefined ? normal : workflowLabel(`/${first}/workflows/${name}`, id, action, joined(rest));
    default:
      return normal;
  }
}

function workflowLabel(start: string, id: string, action: string | undefined, rest: readonly string[]): string {
  if (action === undefined) return `${start}/{instanceId}`;
  if (rest.length === 0 && action.startsWith('start')) return `${start}/${id}/start`;
  const event = action === 'raiseEvent' && rest[0] !== undefined && rest[0] !== '' ? '/{eventName}' : '';
  return `${start}/{instanceId}/${action}${event}`;
}

const present = (...segments: (string | undefined)[]): string[] => segments.filter((segment) => segment !== undefined);

/** What follows the fifth segment is one. */
const joined = (rest: readonly string[]): readonly string[] => (rest.length === 0 ? [] : [rest.join('/')]);
