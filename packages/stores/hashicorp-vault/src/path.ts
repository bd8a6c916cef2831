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
