import { SecretStoreError } from '@coffer/core/driver';
import { HttpFailure, type JsonObject } from '@coffer/http-client';
import { ServiceFailure } from '../service-failure.ts';
import { textOf } from '../text-of.ts';
import type { Credentials } from './types.ts';

/** Temporary credentials as STS and the metadata service write them. Fails with `unavailable` when a part is missing. */
export function issuedCredentials(
  { AccessKeyId, AccessKeySecret, SecurityToken, Expiration }: JsonObject,
  origin: string,
): Credentials {
  const [keyId, secret, token] = [textOf(AccessKeyId), textOf(AccessKeySecret), textOf(SecurityToken)];
  const expiresAt = Date.parse(textOf(Expiration) ?? '');
  if (!keyId || !secret || !token || Number.isNaN(expiresAt)) {
    throw new SecretStoreError('unavailable', `${origin} gave no whole credentials`);
  }
  return { keyId, secret, token, expiresAt };
}

/** A failure to get credentials, which says where they were to come from. */
export function notIssued(cause: unknown, origin: string, hint: string): SecretStoreError {
  if (cause instanceof ServiceFailure) {
    const code = cause.code === 'unavailable' || cause.code === 'resource_exhausted' ? cause.code : 'unauthenticated';
    return new SecretStoreError(code, `${origin}: ${cause.message}`, { hint, cause });
  }
  if (cause instanceof HttpFailure) {
    return new SecretStoreError(cause.code, `${origin}: ${cause.message}`, { hint: cause.hint ?? hint, cause });
  }
  throw cause;
}
