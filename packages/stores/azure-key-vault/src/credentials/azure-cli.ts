import { execFile } from 'node:child_process';
import type { AccessToken } from '@azure/core-auth';
import { osErrorCode } from '@coffer/core/driver';
import { jsonObjectOf } from '@coffer/http-client';
import { TENANT } from './check.ts';
import type { Environment } from './environment.ts';
import { type Login, LoginUnavailable, resourceOf, type TokenRequest } from './login.ts';

export interface AzureCliOptions {
  readonly tenantId: string | undefined;
  readonly environment: Environment;
  readonly platform: NodeJS.Platform;
  /** Milliseconds that the program may take. */
  readonly limit: number;
}

const NAME = 'AzureCLICredential:';
const MOST_BYTES = 2 ** 20;

/** By whoever is logged in with `az login`. Nothing secret is in the program's arguments; its failures hand over to the next way. */
export function azureCliLogin(options: AzureCliOptions): Login {
  return {
    async token({ scope, claims, signal }) {
      if (claims !== undefined) throw new LoginUnavailable(`${NAME} a challenge can't be answered: run az login again`);
      return tokenOf(await run(resourceOf(scope), options, signal));
    },
  };
}

async function run(resource: string, options: AzureCliOptions, signal: TokenRequest['signal']): Promise<string> {
  const { tenantId, environment, platform, limit } = options;
  if (tenantId && !TENANT.test(tenantId)) throw new LoginUnavailable(`${NAME} azureTenantId has characters that no tenant has`);
  const tenant = tenantId ? ['--tenant', tenantId] : [];
  const args = ['account', 'get-access-token', '--output', 'json', '--resource', resource, ...tenant];
  // On Windows az is a batch file, which only the command processor runs. No argument has a character that it would read.
  const [file, given] =
    platform === 'win32' ? [environment.ComSpec || 'cmd.exe', ['/d', '/s', '/c', 'az', ...args]] : ['az', args];
  // Not the current folder, where somebody may have put another az.
  const cwd = platform === 'win32' ? environment.SystemRoot || 'C:\\Windows' : '/';
  return await new Promise((resolve, reject) => {
    const options = { cwd, env: environment, signal, timeout: limit, killSignal: 'SIGKILL', maxBuffer: MOST_BYTES } as const;
    execFile(file, given, options, (cause, stdout, stderr) => {
      if (cause === null) resolve(stdout);
      else if (signal.aborted) reject(cause);
      else reject(new LoginUnavailable(`${NAME} ${reasonOf(cause, stderr)}`));
    });
  });
}

function reasonOf(cause: Error & { readonly killed?: boolean }, stderr: string): string {
  if (osErrorCode(cause) === 'ENOENT' || /'az' is not recognized|az: (command )?not found/.test(stderr)) {
    return 'Azure CLI not found on path';
  }
  if (cause.killed) return 'timed out waiting for Azure CLI';
  const line = stderr.split('\n').find((text) => text.trim() !== '') ?? 'Azure CLI failed';
  return line.trim().slice(0, 500);
}

function tokenOf(text: string): AccessToken {
  const { accessToken: token, expires_on: seconds, expiresOn } = jsonObjectOf(text) ?? {};
  // Older versions tell local time only.
  const expiresOnTimestamp = typeof seconds === 'number' ? seconds * 1000 : Date.parse(String(expiresOn));
  if (typeof token !== 'string' || token === '' || Number.isNaN(expiresOnTimestamp)) {
    throw new LoginUnavailable(`${NAME} the answer of Azure CLI holds no token`);
  }
  return { token, expiresOnTimestamp };
}
