import { escapeSegment } from '@coffer/http-client';

/** Segments as they stand in a URL: whatever they hold stays inside its segment. */
export function escapedPath(segments: readonly string[]): string {
  for (const segment of segments) if (segment === '.' || segment === '..') throw new TypeError('a path may not go up');
  return segments.map(escapeSegment).join('/');
}
