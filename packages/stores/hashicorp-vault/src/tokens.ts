import { type DriverDialect, type Logger, SecretStoreError } from '@coffer/core/driver';
import { tokenProblem } from './check.ts';
import type { VaultMetadata } from './metadata.ts';
import { staticToken } from './static-token.ts';
import { TokenFile } from './token-file.ts';
import type { TokenSource } from './token-source.ts';

/** The token or token file of the settings. Fails in the reference's words. */
export async function givenToken(
  metadata: VaultMetadata,
  dialect: DriverDialect['hashicorpVault'],
  logger: Logger,
): Promise<TokenSource> {
  const problem = tokenProblem(metadata);
  if (problem !== undefined)
    throw new SecretStoreError('invalid_argument', problem.message, { operation: 'init', hint: problem.hint });
  const path = metadata.vaultTokenMountPath ?? '';
  if (path !== '') return await TokenFile.open({ path, isFollowed: dialect.tokenFile === 'followed', logger });
  const token = metadata.vaultToken?.reveal() ?? '';
  return staticToken(dialect.token === 'trimmed' ? token.trim() : token);
}
