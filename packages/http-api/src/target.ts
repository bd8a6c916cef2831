import { textOfBytes, unescapeBytes } from './text.ts';

/** A request target, taken apart. All but `text` are byte strings. */
export interface Target {
  /** Percent-encoded path after lexical cleaning: what routes are matched on. `/` at least, or `*`. */
  readonly path: string;
  /** Percent-encoded path as sent. */
  readonly rawPath: string;
  /** What follows the first `?`; empty without one. */
  readonly query: string;
  /** `host:port` of a target in absolute form. */
  readonly authority: string | undefined;
}

// Characters that RFC 3986 lets stand in a path as they are.
const PATH_CHARACTERS = new Uint8Array(256);
for (const char of "/-_.~!$&'()*+,;=:@[]%") PATH_CHARACTERS[char.charCodeAt(0)] = 1;
for (let code = 0; code < 128; code++) if (/[0-9A-Za-z]/.test(String.fromCharCode(code))) PATH_CHARACTERS[code] = 1;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const AUTHORITY = /^(?:[^@[\]<>"\s\\^`{|}%]*@)?(?:\[[0-9A-Fa-f:.%]+\]|[^@:[\]\s<>"\\^`{|}/?#]*)(?::[0-9]*)?$/;

/** Takes a request target apart; `undefined` when HTTP itself refuses it: a control character, a bad escape in the path. */
export function parseTarget(target: string): Target | undefined {
  if (hasControlCharacter(target)) return undefined;
  if (target === '*') return { path: '*', rawPath: '*', query: '', authority: undefined };
  let authority: string | undefined;
  let rest = target;
  if (target.charCodeAt(0) !== 0x2f) {
    const scheme = SCHEME.exec(target);
    if (scheme === null) return undefined;
    rest = target.slice(scheme[0].length);
    if (rest.startsWith('//')) {
      const end = rest.slice(2).search(/[/?]/);
      authority = end < 0 ? rest.slice(2) : rest.slice(2, end + 2);
      if (!AUTHORITY.test(authority)) return undefined;
      rest = end < 0 ? '' : rest.slice(end + 2);
    } else if (!rest.startsWith('/')) rest = ''; // `mailto:x`: no path at all
  }
  const mark = rest.indexOf('?');
  const rawPath = mark < 0 ? rest : rest.slice(0, mark);
  const query = mark < 0 ? '' : rest.slice(mark + 1);
  const path = cleanEncodedPath(rawPath);
  return path === undefined ? undefined : { path, rawPath, query, authority };
}

/** The path as a person reads it: decoded, nothing else done to it. */
export function decodedPath(target: Target): string {
  return textOfBytes(unescapeBytes(target.rawPath, false) ?? target.rawPath);
}

/** Path of the `:path` kind that routes are matched on, `undefined` for an invalid escape. */
function cleanEncodedPath(rawPath: string): string | undefined {
  let cleanFrom = rawPath.charCodeAt(0) === 0x2f ? -1 : 0;
  let escaped = false;
  let foreign = false;
  for (let at = 0; at < rawPath.length; at++) {
    const code = rawPath.charCodeAt(at);
    if (code === 0x25) escaped = true;
    else if (code === 0x2f) {
      const next = rawPath.charCodeAt(at + 1);
      // An empty segment, one that starts with a dot (perhaps `.` or `..`), or a slash at the end.
      if (cleanFrom < 0 && (next === 0x2f || next === 0x2e || (Number.isNaN(next) && at > 0))) cleanFrom = at;
    } else if (PATH_CHARACTERS[code] !== 1) foreign = true;
  }
  let path = rawPath;
  if (escaped) {
    const decoded = unescapeBytes(rawPath, false);
    if (decoded === undefined) return undefined;
    // The reference encodes such a path anew from its decoded form, so that `%2F` becomes a separator and `%2B` a plus.
    if (foreign) return cleanPath(escapePath(decoded));
  }
  if (cleanFrom >= 0) path = cleanPath(path);
  return path;
}

/** Only what routing and a later decoding would take for something else is encoded. */
function escapePath(decoded: string): string {
  return decoded.replaceAll('%', '%25');
}

/** Lexical cleaning: empty and `.` segments vanish, `..` removes the one before it, no slash at the end. */
function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

function hasControlCharacter(target: string): boolean {
  for (let at = 0; at < target.length; at++) {
    const code = target.charCodeAt(at);
    if (code <= 0x20 || code === 0x7f) return true;
  }
  return false;
}
