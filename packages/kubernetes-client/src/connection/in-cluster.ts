import { access, readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { osErrorCode } from '@coffer/core/driver';
import { tokenFile } from '../credentials/credentials.ts';
import type { Cluster } from './cluster.ts';
import { FileContents } from './file-contents.ts';

export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The cluster that this process runs in, or undefined outside of one. Fails with `configuration` when half of it is there. */
export async function inCluster(
  environment: Readonly<Record<string, string | undefined>>,
  folder: string,
): Promise<Cluster | undefined> {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = environment;
  const tokenPath = join(folder, 'token');
  if (host === '' || port === '' || !(await exists(tokenPath))) return undefined;
  const token = await tokenFile(tokenPath);
  const authority = await FileContents.open(join(folder, 'ca.crt'));
  const namespace = (await exists(join(folder, 'namespace'))) ? await readFile(join(folder, 'namespace'), 'utf8') : '';
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    namespace: namespace.trim() || undefined,
    proxy: undefined,
    async authorize() {
      const { token: text } = await token.current();
      return { headers: { authorization: `Bearer ${text}` }, tls: { ca: await authority.read() } };
    },
    renew() {
      authority.expire();
      return token.renew();
    },
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (cause) {
    if (osErrorCode(cause) === '') throw cause;
    return false;
  }
}
