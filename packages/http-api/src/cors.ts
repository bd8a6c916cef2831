const METHODS: ReadonlySet<string> = new Set(['HEAD', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export interface Cors {
  /** Whether pages of this origin may call; false without an origin. */
  allows(origin: string | undefined): boolean;
  /** Headers, as name-value pairs in a row, that any answer carries. */
  headers(method: string, origin: string | undefined): string[];
  /** Headers of the answer to a preflight. */
  preflight(origin: string | undefined, method: string, requestHeaders: string | undefined): string[];
}

/** CORS for a comma-separated list of origins, each with at most one wildcard; `undefined` for an empty list. */
export function createCors(allowedOrigins: string): Cors | undefined {
  if (allowedOrigins === '') return undefined;
  const patterns = allowedOrigins.toLowerCase().split(',');
  const all = patterns.includes('*');
  const allows = (origin: string | undefined): boolean => {
    if (origin === undefined || origin === '') return false;
    if (all) return true;
    const wanted = origin.toLowerCase();
    return patterns.some((pattern) => matches(pattern, wanted));
  };
  const allowOrigin = (origin: string | undefined, method: string): string[] =>
    allows(origin) && METHODS.has(method) ? ['Access-Control-Allow-Origin', all ? '*' : (origin as string)] : [];
  return {
    allows,
    headers: (method, origin) => ['Vary', 'Origin', ...allowOrigin(origin, method)],
    preflight(origin, method, requestHeaders) {
      const headers = ['Vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'];
      const allowed = allowOrigin(origin, method.toUpperCase());
      if (allowed.length === 0) return headers;
      headers.push(...allowed, 'Access-Control-Allow-Methods', method.toUpperCase());
      const names = headerNames(requestHeaders ?? '');
      if (names.length > 0) headers.push('Access-Control-Allow-Headers', names.join(', '));
      return headers;
    },
  };
}

/** Only the first `*` of a pattern is a wildcard. */
function matches(pattern: string, origin: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === origin;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return origin.length >= before.length + after.length && origin.startsWith(before) && origin.endsWith(after);
}

/** Header names of a list, split at commas and spaces, each in its canonical spelling (`x-two` -> `X-Two`). */
function headerNames(list: string): string[] {
  return list
    .split(/[, ]/)
    .map((name) => name.replace(/[^A-Za-z0-9._-]/g, ''))
    .filter((name) => name !== '')
    .map((name) => name.toLowerCase().replace(/(^|[-_])[a-z]/g, (start) => start.toUpperCase()));
}
