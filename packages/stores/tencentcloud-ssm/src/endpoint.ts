/** The service's own address, without a region: the header names it. */
export const SERVICE_ADDRESS = 'https://ssm.tencentcloudapi.com';
/** Where a pod's token is changed into a key. */
export const STS_ADDRESS = 'https://sts.tencentcloudapi.com';

/** What is wrong with the text of an endpoint setting; undefined when nothing is. */
export function endpointProblem(name: string, text: string): { readonly message: string; readonly hint: string } | undefined {
  const url = parseEndpoint(text);
  const hint = 'write a host, or https://host:port';
  if (url === undefined || !/^https?:$/.test(url.protocol)) return { message: `${name} is not an address`, hint };
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '' || url.pathname !== '/') {
    return { message: `${name} is more than a host and a port`, hint };
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return { message: `${name} is http, which shows secrets to the network`, hint: 'use https' };
  }
  return undefined;
}

/** The address of a setting's text; a host alone is https. */
export function parseEndpoint(text: string): URL | undefined {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  return URL.canParse(full) ? new URL(full) : undefined;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
