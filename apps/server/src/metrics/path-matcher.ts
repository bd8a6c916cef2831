import { normalized } from './path-label.ts';

export interface PathMatcher {
  /** The pattern that a normalised path matches, `undefined` for none. */
  match(path: string): string | undefined;
}

interface Node {
  /** The pattern that ends here, and the one that ends here with a slash after it and takes all that follows. */
  exact?: string;
  rest?: string;
  readonly literals: Map<string, Node>;
  single?: Node;
}

/**
 * `spec.metrics.http.pathMatching`: patterns as Go's ServeMux has them. `{name}` takes one segment; a slash or `{name...}`
 * at the end takes all that follows, `{$}` nothing; the more specific pattern wins. Each pattern also holds for invocations
 * of it on another application. `undefined` without patterns. Fails with an Error for a pattern that is not one.
 */
export function createPathMatcher(patterns: readonly string[]): PathMatcher | undefined {
  if (patterns.length === 0) return undefined;
  const root: Node = { literals: new Map() };
  for (const pattern of patterns.map(normalized)) {
    add(root, pattern);
    if (!pattern.startsWith('/v1.0/invoke/')) add(root, `/v1.0/invoke/{app_id}/method${pattern}`);
  }
  return {
    match(path) {
      const segments = cleaned(path).slice(1).split('/');
      const found = find(root, segments, 0);
      // A path for which there is only a pattern with a slash at its end is sent there.
      if (segments.at(-1) === '' || found?.exact === true) return found?.pattern;
      const withSlash = find(root, [...segments, ''], 0);
      return withSlash?.exact === true ? withSlash.pattern : found?.pattern;
    },
  };
}

function add(root: Node, pattern: string): void {
  let node = root;
  const segments = pattern.slice(1).split('/');
  for (const [at, segment] of segments.entries()) {
    const last = at === segments.length - 1;
    if (last && (segment === '' || /^\{[\p{L}_][\p{L}\p{N}_]*\.\.\.\}$/u.test(segment))) {
      node.rest ??= pattern;
      return;
    }
    // Ends where the path ends with its slash.
    const literal = last && segment === '{$}' ? '' : segment;
    if (/^\{[\p{L}_][\p{L}\p{N}_]*\}$/u.test(literal)) node = node.single ??= { literals: new Map() };
    else if (/[{}]/.test(literal))
      throw new Error(`invalid path pattern ${JSON.stringify(pattern)} in spec.metrics.http.pathMatching`);
    else {
      const next = node.literals.get(literal) ?? { literals: new Map() };
      node.literals.set(literal, next);
      node = next;
    }
  }
  node.exact ??= pattern;
}

interface Found {
  readonly pattern: string;
  /** Whether the pattern names every segment. */
  readonly exact: boolean;
}

function find(node: Node, segments: readonly string[], at: number): Found | undefined {
  const segment = segments[at];
  if (segment === undefined) return node.exact === undefined ? undefined : { pattern: node.exact, exact: true };
  const literal = node.literals.get(segment);
  const deeper =
    (literal && find(literal, segments, at + 1)) ??
    (segment === '' ? undefined : node.single && find(node.single, segments, at + 1));
  if (deeper !== undefined || node.rest === undefined) return deeper;
  return { pattern: node.rest, exact: at === segments.length - 1 && segment === '' };
}

/** `.` and `..` resolved; a slash at the end stays. */
function cleaned(path: string): string {
  if (!/\/\.{1,2}(\/|$)/.test(path)) return path;
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${path.endsWith('/') && kept.length > 0 ? '/' : ''}`;
}
