import { readFile } from 'node:fs/promises';
import { osErrorText, SecretStoreError } from '@coffer/core/driver';

/** The token of another issuer that stands for the application, as its file has it now. */
export async function readFederatedToken(file: string): Promise<string> {
  const failure = (text: string, cause?: unknown) => {
    const hint = 'check azureFederatedTokenFile or AZURE_FEDERATED_TOKEN_FILE, and that the pod has the token as a volume';
    return new SecretStoreError('unauthenticated', `WorkloadIdentityCredential authentication failed. ${text}`, { hint, cause });
  };
  let token: string;
  try {
    token = (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw failure(`open ${file}: ${osErrorText(cause)}`, cause);
  }
  if (token === '') throw failure(`${file} is empty`);
  return token;
}
