/** Hosts that are this machine, whatever the network. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** What is wrong with the text of the setting `endpoint`; undefined when nothing is. */
export function endpointProblem(text: string, allowPlainHttp: boolean): { message: string; hint: string } | undefined {
  const url = parseEndpoint(text);
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return { message: 'endpoint is not an address', hint: 'write https://host or https://host:port' };
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '' || url.pathname !== '/') {
    return { message: 'endpoint is more than a host and a port', hint: 'write https://host or https://host:port' };
  }
  if (url.protocol === 'http:' && !allowPlainHttp && !isLoopback(url.hostname)) {
    return {
      message: 'endpoint is http, which shows tokens and secrets to the network',
      hint: 'use https, or set allowPlainHttp: true',
    };
  }
  return undefined;
}

/** The address of a setting's text; `host:port` alone is https, as for Google's own libraries. */
export function parseEndpoint(text: string): URL | undefined {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  return URL.canParse(full) ? new URL(full) : undefined;
}

/** Where Secret Manager answers for global secrets, or for those of a region. */
export function serviceAddress(universeDomain: string, location: string): URL {
  return new URL(
    location === '' ? `https://secretmanager.${universeDomain}` : `https://secretmanager.${location}.rep.${universeDomain}`,
  );
}
