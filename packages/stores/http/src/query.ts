import { escapeSegment } from '@coffer/http-client';

/** The address with a query parameter in place of those of its name; the others stay as they are written. */
export function withParameter(url: URL, name: string, value: string): URL {
  const others = pairsOf(url).filter((pair) => nameOf(pair) !== name);
  const changed = new URL(url);
  changed.search = [...others, `${escapeSegment(name)}=${escapeSegment(value)}`].join('&');
  return changed;
}

export function hasParameter(url: URL, name: string): boolean {
  return pairsOf(url).some((pair) => nameOf(pair) === name);
}

function pairsOf(url: URL): readonly string[] {
  return url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '');
}

function nameOf(pair: string): string | undefined {
  return [...new URLSearchParams(pair).keys()][0];
}
