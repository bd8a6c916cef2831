/** Parts of a path in a setting; slashes at its ends and doubled ones count for nothing. */
export function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/**
 * Parts of a secret's name; undefined when no secret can have it. An empty part, `.` and `..` would be taken away on the way to
 * the server, and name another secret. A slash at the end reaches the server, which knows no such secret.
 */
export function segmentsOfName(name: string): string[] | undefined {
  const segments = name.split('/');
  const isImpossible = (segment: string, index: number): boolean =>
    segment === '.' || segment === '..' || (segment === '' && (index === 0 || index < segments.length - 1));
  return segments.some(isImpossible) ? undefined : segments;
}

/** Segments as they stand in a URL: whatever they hold stays inside its segment. */
export function escapedPath(segments: readonly string[]): string {
  for (const segment of segments) if (segment === '.' || segment === '..') throw new TypeError('a path may not go up');
  return segments.map(escaped).join('/');
}

/** Percent-encoded; a lone surrogate of the contract (U+DC00 + byte) is its byte, any other one U+FFFD. */
export function escaped(text: string): string {
  if (text.isWellFormed()) return encodeURIComponent(text);
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) as number;
    return code >= 0xdc80 && code <= 0xdcff
      ? `%${(code - 0xdc00).toString(16).toUpperCase()}`
      : encodeURIComponent(character.toWellFormed());
  }).join('');
}
