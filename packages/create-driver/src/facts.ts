// Written by scripts/generate-driver-facts.mjs.

/** Versions of the tools that this repository builds and tests drivers with. */
export const TOOL_VERSIONS = {
  '@biomejs/biome': '2.6.8',
  '@types/node': '22.19.0',
  tsdown: '0.22.14',
  typescript: '7.0.2',
  vitest: '5.1.1',
} as const;

/** Oldest version of Node that the sources of a driver compile for. */
export const OLDEST_NODE = '22.19.0';

/** Component types that have a driver of Coffer's own, each with its package. */
export const OFFICIAL_TYPES: Readonly<Record<string, string>> = {
  'secretstores.local.env': '@coffer/store-local-env',
  'secretstores.local.file': '@coffer/store-local-file',
  'secretstores.kubernetes': '@coffer/store-kubernetes',
  'secretstores.hashicorp.vault': '@coffer/store-hashicorp-vault',
  'secretstores.aws.secretmanager': '@coffer/store-aws-secrets-manager',
  'secretstores.aws.parameterstore': '@coffer/store-aws-parameter-store',
  'secretstores.azure.keyvault': '@coffer/store-azure-key-vault',
  'secretstores.gcp.secretmanager': '@coffer/store-gcp-secret-manager',
  'secretstores.alicloud.parameterstore': '@coffer/store-alicloud-parameter-store',
  'secretstores.huaweicloud.csms': '@coffer/store-huaweicloud-csms',
  'secretstores.tencentcloud.ssm': '@coffer/store-tencentcloud-ssm',
  'secretstores.http': '@coffer/store-http',
  'secretstores.sops': '@coffer/store-sops',
};
