import type { MetadataProblem } from '@coffer/core/driver';
import { checkLogin } from './login/check.ts';
import type { VaultMetadata } from './metadata.ts';
import { segmentsOf } from './path.ts';

const BOOLEANS = /^\s*(y|yes|true|t|on|1|n|no|false|f|off|0|)\s*$/i;

/** Settings that contradict or need one another, and those that daprd takes and then can do nothing with. */
export function check(metadata: VaultMetadata): readonly MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  const error = (name: string, message: string, hint: string) => problems.push({ severity: 'error', name, message, hint });
  const doubt = (name: string, message: string, hint: string) =>
    problems.push({ severity: 'warning', name, message, hint, doubtful: true });

  const { vaultValueType: type } = metadata;
  if (!['map', 'text', ''].includes(type)) {
    const message = `vault init error, invalid value type ${type}, accepted values are map or text`;
    error('vaultValueType', message, 'write map or text, in lower case');
  }
  if (!BOOLEANS.test(metadata.skipVerify)) {
    doubt('skipVerify', 'setting skipVerify is not a boolean', 'use true or false; Dapr takes it for false');
  }
  const address = addressProblem(metadata.vaultAddr);
  if (address !== undefined) doubt('vaultAddr', address, 'write it as https://vault.example.com:8200');
  for (const name of ['enginePath', 'vaultKVPrefix'] as const) {
    if (segmentsOf(metadata[name]).some((segment) => segment === '.' || segment === '..')) {
      doubt(name, `setting ${name} has a part that is . or ..`, 'write the path without');
    }
  }
  if (metadata.vaultKVPrefix !== PREFIX && !metadata.vaultKVUsePrefix) {
    problems.push({
      severity: 'warning',
      name: 'vaultKVPrefix',
      message: 'vaultKVPrefix is not used while vaultKVUsePrefix is false',
      hint: 'remove one of the two',
    });
  }
  problems.push(...checkLogin(metadata));
  const { clientCert = '', clientKey } = metadata;
  const hasKey = (clientKey?.reveal() ?? '') !== '';
  if (clientCert !== '' && !hasKey) doubt('clientKey', 'clientCert is set and clientKey is not', 'set both');
  if (clientCert === '' && hasKey) doubt('clientCert', 'clientKey is set and clientCert is not', 'set both');
  return problems;
}

const PREFIX = 'dapr';

/** What is wrong with the address; empty means the default one. */
function addressProblem(address: string): string | undefined {
  if (address === '') return undefined;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || /^\s|\s$/.test(address)) return 'setting vaultAddr is no URL';
  if (!/^https?:$/.test(url.protocol)) return 'setting vaultAddr has neither the scheme http nor https';
  if (url.search !== '' || url.hash !== '' || /[?#]$/.test(address)) return 'setting vaultAddr has a query';
  if (url.username !== '' || url.password !== '') return 'setting vaultAddr holds a user or a password';
  return undefined;
}
