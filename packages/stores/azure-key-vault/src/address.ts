import type { MetadataProblem } from '@coffer/core/driver';
import { type AzureCloud, cloudOf, cloudOfHost, withAuthority } from './cloud.ts';
import type { AzureKeyVaultMetadata } from './metadata.ts';

/** Where a vault is, and whose tokens it takes. */
export interface VaultAddress {
  /** `https://shop-vault.vault.azure.net`, nothing behind the host. */
  readonly url: URL;
  readonly cloud: AzureCloud;
}

type AddressSettings = Pick<AzureKeyVaultMetadata, 'vaultName' | 'vaultUrl' | 'azureEnvironment' | 'azureAuthorityHost'>;

/** A vault's name: nothing in it can become another host, port or path. */
const NAME = /^[0-9A-Za-z-]{1,127}$/;

/**
 * The address that the settings give. A host name in `vaultName` says which cloud the vault is in, whatever
 * `azureEnvironment` says. Settings with errors have no address: undefined.
 */
export function addressOf(settings: AddressSettings): VaultAddress | undefined {
  const named = cloudOf(settings.azureEnvironment);
  if (named === undefined) return undefined;
  const authority = settings.azureAuthorityHost ? httpsUrl(settings.azureAuthorityHost) : undefined;
  const inCloud = (cloud: AzureCloud) => (authority === undefined ? cloud : withAuthority(cloud, authority.href));
  if (settings.vaultUrl) {
    const url = originOf(settings.vaultUrl);
    if (url === undefined) return undefined;
    const own = settings.azureEnvironment ? undefined : cloudOfHost(url.hostname);
    return { url, cloud: inCloud(own ?? named) };
  }
  const { name, cloud = named } = readName(settings.vaultName ?? '');
  // Without a name the address is one that nobody has, and reads fail, as the reference has it.
  if (name !== '' && !NAME.test(name)) return undefined;
  return { url: new URL(`https://${name}.${cloud.vaultSuffix}`), cloud: inCloud(cloud) };
}

/**
 * What is wrong with the settings that say where the vault is. Doubtful is what the reference makes the best of: no name at
 * all, an environment that the name contradicts, and settings that it does not have.
 */
export function addressProblems(settings: AddressSettings): readonly MetadataProblem[] {
  const { vaultName = '', vaultUrl = '', azureEnvironment, azureAuthorityHost } = settings;
  const problems: MetadataProblem[] = [];
  const error = (name: string, message: string, hint: string) => problems.push({ severity: 'error', name, message, hint });
  const doubt = (name: string, message: string, hint: string) =>
    problems.push({ severity: 'warning', name, message, hint, doubtful: true });

  const environment = cloudOf(azureEnvironment);
  if (environment === undefined) {
    const known = 'use AzurePublicCloud, AzureChinaCloud or AzureUSGovernmentCloud';
    error('azureEnvironment', `invalid Azure cloud: ${azureEnvironment}`, known);
  }
  if (azureAuthorityHost && httpsUrl(azureAuthorityHost) === undefined) {
    doubt('azureAuthorityHost', 'setting azureAuthorityHost is not an https address', 'write https:// and the host');
  }
  if (vaultUrl !== '') {
    if (vaultName !== '') doubt('vaultUrl', 'settings vaultName and vaultUrl exclude each other', 'keep one of them');
    const url = originOf(vaultUrl);
    if (url === undefined) {
      doubt('vaultUrl', 'setting vaultUrl is not an https address without a path', 'write https:// and the host of the vault');
    } else if (azureEnvironment && contradicts(cloudOfHost(url.hostname), environment)) {
      doubt('azureEnvironment', `setting azureEnvironment is not the cloud of ${url.hostname}`, 'leave it out');
    }
    return problems;
  }
  const { name, cloud } = readName(vaultName);
  if (name === '') {
    doubt('vaultName', 'setting vaultName is required', 'write the name of the vault, or vaultUrl with its whole address');
  } else if (!NAME.test(name)) {
    const form = 'write the name of the vault alone, as in https://NAME.vault.azure.net, or vaultUrl with its whole address';
    error('vaultName', 'setting vaultName is not the name of a vault', form);
  } else if (azureEnvironment && contradicts(cloud, environment)) {
    doubt('azureEnvironment', 'setting azureEnvironment is not the cloud that vaultName says', 'leave it out');
  }
  return problems;
}

/** `foo.vault.azure.cn` and `https://foo.vault.azure.cn/` are older ways to write a name and its cloud. */
function readName(text: string): { readonly name: string; readonly cloud?: AzureCloud } {
  const host = text.replace(/^https:\/\//i, '').replace(/(:443)?\/?$/, '');
  const cloud = cloudOfHost(host);
  return cloud === undefined ? { name: text } : { name: host.slice(0, -cloud.vaultSuffix.length - 1), cloud };
}

function contradicts(cloud: AzureCloud | undefined, environment: AzureCloud | undefined): boolean {
  return cloud !== undefined && environment !== undefined && cloud !== environment;
}

function httpsUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' && url.username === '' && url.password === '' ? url : undefined;
}

function originOf(text: string): URL | undefined {
  const url = httpsUrl(text);
  return url?.pathname === '/' && url.search === '' && url.hash === '' ? url : undefined;
}
