import type { ApiRequest } from './options.ts';
import { textOfBytes } from './text.ts';

/**
 * All values of a header, in order; `undefined` without it. `joined` is what Node's `headers` has of it: the values of a
 * repeated header joined by `, `, which one value may hold, too.
 */
export function repeatedHeader(
  request: ApiRequest,
  name: string,
  joined: string | readonly string[] | undefined,
): readonly string[] | undefined {
  if (joined === undefined) return undefined;
  if (typeof joined !== 'string') return joined;
  if (!joined.includes(', ')) return [joined];
  const { rawHeaders } = request;
  const values = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
  return values.length === 0 ? [joined] : values.map((value) => value.trim());
}

/** The last value, as text, of every header whose lower-case name starts with `prefix` and goes on. */
export function lastHeaders({ rawHeaders }: ApiRequest, prefix: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (name.startsWith(prefix) && name.length > prefix.length) found[name] = textOfBytes(rawHeaders[at + 1] ?? '');
  }
  return found;
}
