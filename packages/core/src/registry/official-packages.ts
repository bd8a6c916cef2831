/** The official driver package of each component type, so that a missing one can be named. */
export const OFFICIAL_PACKAGES: ReadonlyMap<string, string> = new Map([
  ['secretstores.local.env', '@coffer/store-local-env'],
  ['secretstores.local.file', '@coffer/store-local-file'],
  ['secretstores.kubernetes', '@coffer/store-kubernetes'],
  ['secretstores.hashicorp.vault', '@coffer/store-hashicorp-vault'],
  ['secretstores.aws.secretmanager', '@coffer/store-aws-secrets-manager'],
  ['secretstores.aws.parameterstore', '@coffer/store-aws-parameter-store'],
  ['secretstores.azure.keyvault', '@coffer/store-azure-key-vault'],
  ['secretstores.gcp.secretmanager', '@coffer/store-gcp-secret-manager'],
  ['secretstores.alicloud.parameterstore', '@coffer/store-alicloud-parameter-store'],
  ['secretstores.huaweicloud.csms', '@coffer/store-huaweicloud-csms'],
  ['secretstores.tencentcloud.ssm', '@coffer/store-tencentcloud-ssm'],
  ['secretstores.http', '@coffer/store-http'],
  ['secretstores.sops', '@coffer/store-sops'],
]);
