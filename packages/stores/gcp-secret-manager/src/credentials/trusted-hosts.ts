import { isLoopback } from '../endpoint.ts';
import { unusable } from './failures.ts';
import type { CredentialContext } from './types.ts';

type Trust = Pick<CredentialContext, 'universeDomain' | 'trustedTokenHosts'>;
/** What tokens are got from, as its hosts are called: `sts.googleapis.com`, `iamcredentials.europe-west3.rep.googleapis.com`. */
export type TokenService = 'sts' | 'oauth2' | 'iamcredentials';

/**
 * The address in a credentials document where a credential is sent to. A document that somebody else made could name a host of
 * theirs, and so be given tokens and files of this machine: only Google's own hosts are taken, over https, and those that the
 * component trusts by name.
 */
export function tokenAddress(address: string, service: TokenService, member: string, trust: Trust): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '') {
    throw unusable(`${member} is not an address`, 'use the credentials document as Google made it');
  }
  const { hostname, protocol, port } = url;
  if (isTrusted(hostname, trust)) {
    if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return url;
    throw unusable(`${member} is not an https address`, `${hostname} is trusted, but only over https`);
  }
  if (protocol === 'https:' && port === '' && isHostOf(service, hostname, trust.universeDomain)) return url;
  throw unusable(
    `${member} names the host ${hostname}, which is not one of Google's`,
    `was this document made by somebody you trust? If so, add ${hostname} to trustedTokenHosts`,
  );
}

/**
 * Where a subject token may be asked for: over https anywhere, since it only goes on to Google; over http on this machine, and
 * at the addresses of the link, where clouds have their metadata servers.
 */
export function subjectTokenAddress(url: URL, trust: Trust): URL {
  const { hostname, protocol } = url;
  const isNear = isLoopback(hostname) || /^169\.254\./.test(hostname) || hostname === '[fd00:ec2::254]';
  if (protocol === 'https:' || (protocol === 'http:' && (isNear || isTrusted(hostname, trust)))) return url;
  throw unusable(
    `credential_source names ${protocol}//${hostname}, which is not encrypted`,
    `use https, or add ${hostname} to trustedTokenHosts`,
  );
}

function isTrusted(hostname: string, { trustedTokenHosts }: Trust): boolean {
  return trustedTokenHosts.some((host) => host.trim().toLowerCase() === hostname.toLowerCase());
}

/** Google's forms: plain, of a region, with mutual TLS, and behind Private Service Connect. */
function isHostOf(service: TokenService, hostname: string, universeDomain: string): boolean {
  const suffix = `.${universeDomain.toLowerCase()}`;
  if (!hostname.endsWith(suffix)) return false;
  const labels = hostname.slice(0, -suffix.length).split('.');
  const isService = (label: string) => label === service || label.startsWith(`${service}-`) || label.endsWith(`-${service}`);
  return labels.length <= 3 && labels.some(isService);
}
