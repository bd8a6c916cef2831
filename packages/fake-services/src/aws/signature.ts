import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SeenRequest } from '../fake-service.ts';
import { type Authorization, authorizationOf, stringToSign } from './canonical.ts';
import { AwsFailure } from './failure.ts';
import type { Identities, Identity } from './identities.ts';
import { headerOf } from './wire.ts';

export interface Scope {
  readonly identities: Identities;
  readonly region: string;
  readonly service: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Who signed a request with Signature Version 4; fails when nobody did, or not for this service and region. */
export function callerOf(request: SeenRequest, { identities, region, service, now }: Scope): Identity {
  const authorization = authorizationOf(request);
  if (authorization.algorithm !== 'AWS4-HMAC-SHA256') {
    throw new AwsFailure('IncompleteSignatureException', `Unsupported AWS 'algorithm': '${authorization.algorithm}'.`);
  }
  if (authorization.region !== region) {
    throw new AwsFailure(
      'InvalidSignatureException',
      `Credential should be scoped to a valid region, not '${authorization.region}'.`,
    );
  }
  if (authorization.service !== service) {
    throw new AwsFailure('InvalidSignatureException', `Credential should be scoped to correct service: '${service}'.`);
  }
  const identity = identities.find(authorization.key, headerOf(request, 'x-amz-security-token'));
  const expected = createHmac('sha256', signingKey(identity, authorization))
    .update(stringToSign(request, authorization, now))
    .digest();
  const given = Buffer.from(authorization.signature, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new AwsFailure(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
  return identity;
}

/** The secret, narrowed step by step to one day, region and service. */
function signingKey({ secretAccessKey }: Identity, { date, region, service }: Authorization): Buffer {
  let key = Buffer.from(`AWS4${secretAccessKey}`);
  for (const part of [date, region, service, 'aws4_request']) key = createHmac('sha256', key).update(part).digest();
  return key;
}
