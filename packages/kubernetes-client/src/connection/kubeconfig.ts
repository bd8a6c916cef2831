import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { osErrorCode, osErrorText } from '@coffer/core/driver';
import { authProviderCredential } from '../credentials/auth-provider.ts';
import {
  type CredentialSource,
  certificateFiles,
  fixedCredential,
  joinedCredentials,
  tokenFile,
} from '../credentials/credentials.ts';
import { ExecCredentials, type ExecPlugin } from '../credentials/exec.ts';
import { KubernetesError } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import { FileContents } from './file-contents.ts';
import { type Entry, joinKubeconfigs, type Kubeconfig, Members } from './kubeconfig-document.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The cluster that a kubeconfig's context names; `context` empty: the current one. Of several paths those that don't exist
 * are left out, as long as there is one. Fails with `configuration`.
 */
export async function kubeconfigCluster(paths: readonly string[], context: string, environment: Environment): Promise<Cluster> {
  const config = await readKubeconfigs(paths);
  const named = context || config.currentContext;
  const { members } = entryOf(config, 'contexts', named, `context ${JSON.stringify(named)}`, paths);
  const clusterName = members.text('cluster');
  const cluster = entryOf(config, 'clusters', clusterName, `cluster ${JSON.stringify(clusterName)}`, paths);
  const userName = members.text('user');
  const user = userName === '' ? undefined : entryOf(config, 'users', userName, `user ${JSON.stringify(userName)}`, paths);
  return clusterOf(cluster, user, members.text('namespace') || undefined, environment);
}

async function readKubeconfigs(paths: readonly string[]): Promise<Kubeconfig> {
  const { parse, YAMLParseError } = await import('yaml');
  const documents = [];
  let missing: KubernetesError | undefined;
  for (const path of paths) {
    try {
      const value: unknown = parse(await readFile(path, 'utf8'), { logLevel: 'error', maxAliasCount: 100 });
      documents.push({ top: new Members(value, `${path}: `), folder: dirname(path) });
    } catch (cause) {
      if (cause instanceof KubernetesError) throw cause;
      if (cause instanceof YAMLParseError) {
        const line = cause.linePos?.[0].line ?? 1;
        throw new KubernetesError('configuration', `${path}: line ${line} is not valid YAML`, { cause });
      }
      const operation = osErrorCode(cause) === 'ENOENT' ? 'stat' : 'open';
      const failure = new KubernetesError('configuration', `${operation} ${path}: ${osErrorText(cause)}`, { cause });
      if (operation === 'open') throw failure;
      missing ??= failure;
    }
  }
  if (documents.length === 0 && missing !== undefined) throw missing;
  return joinKubeconfigs(documents);
}

function entryOf(
  config: Kubeconfig,
  list: 'contexts' | 'clusters' | 'users',
  name: string,
  what: string,
  paths: readonly string[],
): Entry {
  const entry = config[list].get(name);
  if (entry !== undefined) return entry;
  const names = [...config[list].keys()].join(', ');
  const hint = names === '' ? `there are no ${list}` : `the ${list} are: ${names}`;
  const unnamed = list === 'contexts' ? 'there is no current-context' : 'the context names no cluster';
  const message = name === '' ? unnamed : `${what} does not exist`;
  throw new KubernetesError('configuration', `invalid configuration: ${paths.join(', ')}: ${message}`, { hint });
}

async function clusterOf(
  { members, folder }: Entry,
  user: Entry | undefined,
  namespace: string | undefined,
  environment: Environment,
): Promise<Cluster> {
  const server = members.text('server').replace(/\/+$/, '');
  if (!URL.canParse(server) || !/^https?:/.test(server)) {
    throw new KubernetesError('configuration', `invalid configuration: ${members.path}.server is not an http or https address`);
  }
  const authority = await bytesOf(members, folder, 'certificate-authority');
  const insecure = members.flag('insecure-skip-tls-verify');
  const servername = members.text('tls-server-name');
  const impersonation = user === undefined ? {} : impersonationOf(user.members);
  const credentials = user === undefined ? fixedCredential({}) : await credentialsOf(user, members, server, environment);
  return {
    server,
    namespace,
    proxy: members.text('proxy-url') || undefined,
    async authorize(signal) {
      const { token, username, password, cert, key } = await credentials.current(signal);
      const basic = username === undefined ? undefined : Buffer.from(`${username}:${password ?? ''}`).toString('base64');
      const shown = token !== undefined ? `Bearer ${token}` : basic !== undefined ? `Basic ${basic}` : undefined;
      const ca = authority instanceof FileContents ? await authority.read() : authority;
      return {
        headers: { ...impersonation, ...(shown === undefined ? {} : { authorization: shown }) },
        tls: {
          ...(ca === undefined ? {} : { ca }),
          ...(cert === undefined || key === undefined ? {} : { cert, key }),
          ...(insecure ? { rejectUnauthorized: false } : {}),
          ...(servername === '' ? {} : { servername }),
        },
      };
    },
    renew: () => credentials.renew(),
  };
}

/** Everything that a user shows. Fails with `configuration` when a file can't be read now. */
async function credentialsOf(
  { members, folder }: Entry,
  cluster: Members,
  server: string,
  environment: Environment,
): Promise<CredentialSource> {
  const sources: CredentialSource[] = [];
  const [certificate, key] = ['client-certificate', 'client-key'];
  if (members.has(certificate) && members.has(key) && !members.has(`${certificate}-data`)) {
    const paths = [members.text(certificate), members.text(key)] as const;
    sources.push(await certificateFiles(absolute(paths[0], folder), absolute(paths[1], folder)));
  } else {
    const [cert, secret] = [await bytesOf(members, folder, certificate), await bytesOf(members, folder, key)];
    if (cert !== undefined && secret !== undefined) {
      sources.push(fixedCredential({ cert: await plainBytes(cert), key: await plainBytes(secret) }));
    }
  }
  if (members.has('username')) {
    sources.push(fixedCredential({ username: members.text('username'), password: members.text('password') }));
  }
  if (members.text('tokenFile') !== '') sources.push(await tokenFile(absolute(members.text('tokenFile'), folder)));
  else if (members.text('token') !== '') sources.push(fixedCredential({ token: members.text('token') }));
  if (members.has('exec')) sources.push(new ExecCredentials(execPluginOf(members.map('exec'), folder, cluster), environment));
  if (members.has('auth-provider')) {
    const provider = members.map('auth-provider');
    sources.push(authProviderCredential({ name: provider.text('name'), config: provider.map('config').plain() }, server));
  }
  return joinedCredentials(sources);
}

function execPluginOf(members: Members, folder: string, cluster: Members): ExecPlugin {
  const command = members.text('command');
  if (command === '') throw new KubernetesError('configuration', `${members.path}.command is missing`);
  const given = cluster.plain();
  const config = cluster.maps('extensions').find((extension) => extension.text('name') === 'client.authentication.k8s.io/exec');
  return {
    apiVersion: members.text('apiVersion'),
    // A bare name is looked for in PATH; a path starts at the file's folder.
    command: command.includes(sep) ? absolute(command, folder) : command,
    args: members.texts('args'),
    env: Object.fromEntries(members.maps('env').map((variable) => [variable.text('name'), variable.text('value')])),
    installHint: members.text('installHint'),
    interactiveMode: members.text('interactiveMode'),
    cluster: members.flag('provideClusterInfo')
      ? {
          server: given.server,
          'tls-server-name': given['tls-server-name'],
          'insecure-skip-tls-verify': given['insecure-skip-tls-verify'],
          'certificate-authority-data': given['certificate-authority-data'],
          'proxy-url': given['proxy-url'],
          config: config?.plain().extension,
        }
      : undefined,
  };
}

function impersonationOf(members: Members): Record<string, string> {
  const headers: Record<string, string> = {};
  if (members.text('as') !== '') headers['impersonate-user'] = members.text('as');
  if (members.text('as-uid') !== '') headers['impersonate-uid'] = members.text('as-uid');
  if (members.has('as-groups') || members.has('as-user-extra')) {
    throw new KubernetesError('configuration', `${members.path}: as-groups and as-user-extra are not supported`, {
      hint: 'use a user or a service account that has the rights itself',
    });
  }
  return headers;
}

/** Given as base64 in `<name>-data`, or as a path in `<name>`. */
async function bytesOf(members: Members, folder: string, name: string): Promise<Buffer | FileContents | undefined> {
  if (members.text(`${name}-data`) !== '') return Buffer.from(members.text(`${name}-data`), 'base64');
  const path = members.text(name);
  return path === '' ? undefined : FileContents.open(absolute(path, folder));
}

async function plainBytes(bytes: Buffer | FileContents): Promise<Buffer> {
  return bytes instanceof FileContents ? await bytes.read() : bytes;
}

function absolute(path: string, folder: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}
