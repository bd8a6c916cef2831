import * as kubernetes from '../kubernetes/backend.mjs';
import * as ministack from '../ministack/backend.mjs';
import * as moto from '../moto/backend.mjs';
import * as openbao from '../openbao/backend.mjs';
import { given } from './given.mjs';

const keyVault = given('key-vault-emulator', 'COFFER_TEST_AZURE_VAULT_URL');
const secretManager = given('secret-manager-emulator', 'COFFER_TEST_GCP_ENDPOINT');

/**
 * Which driver (a folder of packages/stores) is run against which backends, and where its recorded cases are: a file of
 * apps/server/test/golden/backends/cases, replayed on the backend that it was recorded with. Some of its cases may need others
 * `also`.
 */
export const drivers = [
  { name: 'kubernetes', backends: [kubernetes], recorded: { file: 'kubernetes.json', backend: kubernetes.name } },
  { name: 'hashicorp-vault', backends: [openbao], recorded: { file: 'vault.json', backend: openbao.name, also: [kubernetes] } },
  { name: 'aws-secrets-manager', backends: [moto, ministack], recorded: { file: 'aws-secretmanager.json', backend: moto.name } },
  { name: 'aws-parameter-store', backends: [moto, ministack], recorded: { file: 'aws-parameterstore.json', backend: moto.name } },
  { name: 'azure-key-vault', backends: [keyVault] },
  { name: 'gcp-secret-manager', backends: [secretManager] },
];
