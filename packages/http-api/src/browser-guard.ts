import { isIP } from 'node:net';
import type { Cors } from './cors.ts';
import type { ApiRequest } from './options.ts';

/**
 * Without a token, a page in a browser on this machine could ask us for secrets: through a name that its owner points
 * at 127.0.0.1 (DNS rebinding: a foreign Host), or by a request from its own origin. The guard answers what is wrong
 * with such a request, `undefined` for all others. Programs other than browsers send no Origin and are not affected.
 */
export type BrowserGuard = (request: ApiRequest, authority: string | undefined) => string | undefined;

export function createBrowserGuard(trustedHosts: readonly string[], cors: Cors | undefined): BrowserGuard {
  const trusted = new Set(trustedHosts.map((host) => host.toLowerCase()));
  const isTrusted = (host: string): boolean => isLocalName(host) || trusted.has(host);
  return (request, authority) => {
    const { headers } = request;
    const host = hostOf(authority ?? headers[':authority']?.toString() ?? headers.host ?? '');
    if (host !== '' && isIP(host) === 0 && !isTrusted(host)) return `host ${JSON.stringify(host)}`;
    const { origin } = headers;
    if (origin !== undefined && origin !== '') {
      if (cors?.allows(origin)) return undefined;
      const from = /^https?:\/\/([^/]*)$/i.exec(origin)?.[1];
      const originHost = from === undefined ? undefined : hostOf(from);
      if (originHost === undefined || !(isTrusted(originHost) || isLoopback(originHost)))
        return `origin ${JSON.stringify(origin)}`;
    }
    if (headers['sec-fetch-site'] === 'cross-site' && !cors?.allows(origin)) return 'a page of another site';
    return undefined;
  };
}

/** Host without port and brackets, in lower case. */
function hostOf(authority: string): string {
  const lower = authority.toLowerCase();
  if (lower.startsWith('[')) return lower.slice(1, lower.indexOf(']'));
  const colon = lower.indexOf(':');
  const host = colon < 0 ? lower : lower.slice(0, colon);
  return host.endsWith('.') ? host.slice(0, -1) : host;
}

function isLocalName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}

function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
