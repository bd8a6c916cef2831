import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { HttpFailure } from '@coffer/http-client';
import { isForbiddenAddress } from './hosts.ts';

/** Every address of a name. */
export type Resolve = (
  hostname: string,
  options: { readonly all: true; readonly family?: number | 'IPv4' | 'IPv6' | undefined; readonly hints?: number | undefined },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Finds the addresses of a name, and fails with `configuration` when one of them is where machines get credentials. That is
 * looked at for each connection, since a name may stand for another address every time.
 */
export function guardLookup(resolve: Resolve = lookup): LookupFunction {
  return (hostname, { family, hints, all }, callback) => {
    resolve(hostname, { family, hints, all: true }, (error, addresses = []) => {
      const [first] = addresses;
      if (error !== null || first === undefined) callback(error, []);
      else if (addresses.some(({ address }) => isForbiddenAddress(address))) callback(forbidden(hostname), []);
      else if (all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function forbidden(hostname: string): HttpFailure {
  return new HttpFailure('configuration', `${hostname} leads to where clouds give credentials to machines`, {
    hint: 'check url and the name service, or set allowLinkLocal: true',
  });
}
