import type { Route } from './routes.ts';

export type Match =
  | { readonly route: Route; readonly parameters: readonly string[] }
  /** The path is known, the method is not among these. */
  | { readonly route: undefined; readonly allow: readonly string[] };

interface Candidate {
  readonly route: Route;
  /** Segments after version and group; `undefined` takes any one. */
  readonly pattern: readonly (string | undefined)[];
  /** Whether at least one more segment must follow. */
  readonly rest: boolean;
}

const NO_MATCH: Match = { route: undefined, allow: [] };

/** Matches cleaned, encoded paths segment by segment; literals win over parameters. */
export class Router {
  readonly #candidates = new Map<string, Candidate[]>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const segments = route.template.split('/').slice(1);
      const rest = segments.at(-1) === '*';
      const pattern = (rest ? segments.slice(0, -1) : segments).map((segment) => (segment.startsWith('{') ? undefined : segment));
      const start = `${route.version}/${route.group}`;
      const candidates = this.#candidates.get(start) ?? [];
      candidates.push({ route, pattern, rest });
      this.#candidates.set(start, candidates);
    }
    for (const candidates of this.#candidates.values()) candidates.sort((a, b) => literalFirst(a.pattern, b.pattern));
  }

  /** The parameters are still encoded. */
  match(method: string, path: string): Match {
    const versionEnd = path.indexOf('/', 1);
    const groupEnd = path.indexOf('/', versionEnd + 1);
    const candidates = this.#candidates.get(groupEnd < 0 ? path.slice(1) : path.slice(1, groupEnd));
    if (candidates === undefined || versionEnd < 0) return NO_MATCH;
    const segments = groupEnd < 0 ? [] : path.slice(groupEnd + 1).split('/');
    let allow: string[] | undefined;
    for (const { route, pattern, rest } of candidates) {
      if (!fits(segments, pattern, rest)) continue;
      if (route.methods.includes(method)) return { route, parameters: segments.filter((_, at) => pattern[at] === undefined) };
      allow ??= [];
      allow.push(...route.methods);
    }
    return allow === undefined ? NO_MATCH : { route: undefined, allow };
  }
}

function fits(segments: readonly string[], pattern: readonly (string | undefined)[], rest: boolean): boolean {
  if (rest ? segments.length <= pattern.length : segments.length !== pattern.length) return false;
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] !== undefined && pattern[at] !== segments[at]) return false;
  }
  return true;
}

function literalFirst(a: readonly (string | undefined)[], b: readonly (string | undefined)[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const difference = Number(a[at] === undefined) - Number(b[at] === undefined);
    if (difference !== 0) return difference;
  }
  return 0;
}
