import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { unusable } from './failures.ts';
import { type AccessToken, SCOPE, type TokenSource } from './types.ts';

export interface ServiceAccountKey {
  readonly email: string;
  /** PEM text. */
  readonly privateKey: string;
  /** Empty when it is not known: Google then tries every key of the account. */
  readonly keyId: string;
}

/** Google takes an assertion for an hour at most. */
const LIFETIME = 3_600_000;

/**
 * Tokens that the account signs itself (RFC 7523, Google's AIP-4111): Secret Manager takes them as they are, so nobody is asked
 * for one. Fails with `failed_precondition` when the key can't be read.
 */
export function serviceAccountTokens({ email, privateKey, keyId }: ServiceAccountKey): TokenSource {
  const key = readKey(privateKey);
  const header = encode({ alg: 'RS256', typ: 'JWT', ...(keyId === '' ? {} : { kid: keyId }) });
  return async (): Promise<AccessToken> => {
    const issued = Math.floor(Date.now() / 1000);
    const expires = issued + LIFETIME / 1000;
    const claims = encode({ iss: email, sub: email, scope: SCOPE, iat: issued, exp: expires });
    const signature = sign('sha256', Buffer.from(`${header}.${claims}`), key).toString('base64url');
    return { text: `${header}.${claims}.${signature}`, expiresAt: expires * 1000 };
  };
}

/** Line ends of a key that was written as `\n`, as when it is copied out of a JSON file. */
export function withLineEnds(privateKey: string): string {
  return privateKey.replaceAll('\\r', '').replaceAll('\\n', '\n');
}

function readKey(privateKey: string): KeyObject {
  const refuse = (cause?: unknown) =>
    unusable(
      'could not parse key: private key should be a PEM or plain PKCS1 or PKCS8',
      'privateKey is what private_key of the JSON file has, from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----',
      cause,
    );
  let key: KeyObject;
  try {
    key = createPrivateKey(privateKey);
  } catch (cause) {
    throw refuse(cause);
  }
  if (key.asymmetricKeyType !== 'rsa') throw refuse();
  return key;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
