import type { IncomingHttpHeaders } from 'node:http';

/** Milliseconds that an answer asks to wait: `retry-after` as seconds or as a date (RFC 9110, 10.2.3). */
export function retryAfterOf(headers: IncomingHttpHeaders | Readonly<Record<string, string | undefined>>): number | undefined {
  const text = headers['retry-after'];
  if (typeof text !== 'string' || text.trim() === '') return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
