import { SecretStoreError } from '@coffer/core/driver';
import { escapeSegment, type HttpAnswer, type HttpClient, jsonObjectOf } from '@coffer/http-client';
import { textOf } from '../answer.ts';
import type { TemporaryKeys } from './keys.ts';

/** Answers on machines of Tencent Cloud only. */
export const METADATA_ADDRESS = 'http://metadata.tencentyun.com';
const ROLES = '/latest/meta-data/cam/security-credentials/';
/** Bytes: a key and what is said about it. */
const LARGEST = 2 ** 16;

/** The key of the role that is bound to this machine (CVM): its name, then its key, both anew each time. */
export async function machineKeys(http: HttpClient, address: URL, signal: AbortSignal): Promise<TemporaryKeys> {
  const ask = async (path: string) => await http.request({ url: new URL(path, address) }, { signal, maxResponse: LARGEST });
  const role = await ask(ROLES);
  const name = role.body.toString('utf8').trim();
  if (role.status !== 200 || !/^[\w+=,.@-]+$/.test(name)) throw unusable('no role is bound to this machine');
  return keysOf(name, await ask(`${ROLES}${escapeSegment(name)}`));
}

/** `{"TmpSecretId", "TmpSecretKey", "Token", "ExpiredTime", "Code": "Success"}`. */
function keysOf(role: string, { status, body }: HttpAnswer): TemporaryKeys {
  const fields = jsonObjectOf(body) ?? {};
  const [secretId, secretKey, token] = [textOf(fields.TmpSecretId), textOf(fields.TmpSecretKey), textOf(fields.Token)];
  const { ExpiredTime: end } = fields;
  if (status !== 200 || fields.Code !== 'Success' || secretId === '' || secretKey === '' || typeof end !== 'number') {
    throw unusable(`the metadata service gives no key for the role ${role}`);
  }
  return { secretId, secretKey, token, expiresAt: end * 1000 };
}

function unusable(message: string): SecretStoreError {
  return new SecretStoreError('unauthenticated', message, {
    hint: 'bind a CAM role to the instance, or set secretId and secretKey',
  });
}
