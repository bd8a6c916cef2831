/** The address in a text: https, or http on this machine, with nothing but a host and a port. Undefined when it is none. */
export function parseEndpoint(text: string): URL | undefined {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(full)) return undefined;
  const url = new URL(full);
  const isBare = url.username === '' && url.password === '' && url.search === '' && url.hash === '' && url.pathname === '/';
  const isProtected = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  return isBare && isProtected ? url : undefined;
}

/** What an endpoint has to be. */
export const ENDPOINT_HINT = 'write https://host or https://host:port; http is for this machine only, secrets travel in the open';

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
