import type { SeenRequest } from '../fake-service.ts';

/** What a request asks for, as text to compare: however its query is ordered and escaped, and however its JSON is written. */
export function meaningOf({ method, path, query, headers, body }: SeenRequest, headerNames: readonly string[]): string {
  const pairs = [...query].map(([name, value]) => `${name}=${value}`).toSorted();
  const named = headerNames.map((name) => `${name}: ${String(headers[name] ?? '')}`);
  return [`${method} ${headers.host}${unescaped(path)}`, ...pairs, ...named, bodyMeaning(body.toString('utf8'))].join('\n');
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    if (cause instanceof URIError) return path;
    throw cause;
  }
}

function bodyMeaning(text: string): string {
  try {
    return JSON.stringify(sorted(JSON.parse(text)));
  } catch (cause) {
    if (cause instanceof SyntaxError) return text;
    throw cause;
  }
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]) => [name, sorted(member)] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
}
