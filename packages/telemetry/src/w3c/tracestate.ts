const MOST_MEMBERS = 32;
const KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** The header written anew, without spaces around members; empty when any member is invalid, or there are too many. */
export function parseTracestate(header: string | undefined): string {
  if (header === undefined || header === '') return '';
  const members = new Map<string, string>();
  for (const member of header.split(',')) {
    if (member === '') continue;
    const equals = member.indexOf('=');
    if (equals < 0) return '';
    const key = member.slice(0, equals).replace(/^[ \t]+/, '');
    const value = member.slice(equals + 1).replace(/[ \t]+$/, '');
    if (!KEY.test(key) || !VALUE.test(value) || members.has(key)) return '';
    members.set(key, value);
    if (members.size > MOST_MEMBERS) return '';
  }
  return [...members].map(([key, value]) => `${key}=${value}`).join(',');
}
