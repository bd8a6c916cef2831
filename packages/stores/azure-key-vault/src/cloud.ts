/** One of Microsoft's clouds, or a place that plays one. */
export interface AzureCloud {
  /** Where tokens come from, with its trailing slash: `https://login.microsoftonline.com/`. */
  readonly authorityHost: string;
  /** Whether the authority is one that Microsoft vouches for; another one is taken at its word and asked for no proof. */
  readonly isKnownAuthority: boolean;
  /** What a vault's host name ends with, without the dot in front: `vault.azure.net`. */
  readonly vaultSuffix: string;
  /** What tokens are asked for, whatever a vault says it wants: `https://vault.azure.net`. */
  readonly resource: string;
  /** The same for the token endpoint of version 2: `https://vault.azure.net/.default`. */
  readonly scope: string;
}

const PUBLIC = cloud('https://login.microsoftonline.com/', 'vault.azure.net');
const CHINA = cloud('https://login.chinacloudapi.cn/', 'vault.azure.cn');
const GOVERNMENT = cloud('https://login.microsoftonline.us/', 'vault.usgovcloudapi.net');

/** In lower case: names ignore it. */
const CLOUDS: ReadonlyMap<string, AzureCloud> = new Map([
  ['', PUBLIC],
  ['azurepubliccloud', PUBLIC],
  ['azurepublic', PUBLIC],
  ['azurechinacloud', CHINA],
  ['azurechina', CHINA],
  ['azureusgovernmentcloud', GOVERNMENT],
  ['azureusgovernment', GOVERNMENT],
]);

/** The cloud of a name as `azureEnvironment` has it; undefined for a name that is none. Absent and empty is the public one. */
export function cloudOf(name: string | undefined): AzureCloud | undefined {
  return CLOUDS.get((name ?? '').toLowerCase());
}

/** The cloud whose vaults' host names end as this one does. */
export function cloudOfHost(host: string): AzureCloud | undefined {
  return [PUBLIC, CHINA, GOVERNMENT].find(({ vaultSuffix }) => host.toLowerCase().endsWith(`.${vaultSuffix}`));
}

/** The same cloud with tokens from another place. */
export function withAuthority(cloud: AzureCloud, authorityHost: string): AzureCloud {
  return { ...cloud, authorityHost: authorityHost.endsWith('/') ? authorityHost : `${authorityHost}/`, isKnownAuthority: false };
}

function cloud(authorityHost: string, vaultSuffix: string): AzureCloud {
  const resource = `https://${vaultSuffix}`;
  return { authorityHost, isKnownAuthority: true, vaultSuffix, resource, scope: `${resource}/.default` };
}
