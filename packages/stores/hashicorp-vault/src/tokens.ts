import { type DriverDialect, type Logger, SecretStoreError } from '@coffer/core/driver';
import type { VaultMetadata } from './metadata.ts';
import { staticToken } from './static-token.ts';
import { TokenFile } from './token-file.ts';
import type { TokenSource } from './token-source.ts';

/**
 * The token or token file of the settings; undefined when the store logs in by itself. Fails with the reference's text when there
 * is neither, and when the file can't be read.
 */
export async function givenToken(
  metadata: VaultMetadata,
  dialect: DriverDialect['hashicorpVault'],
  logger: Logger,
): Promise<TokenSource | undefined> {
  const { vaultAuthMethod, vaultTokenWrapped } = metadata;
  if (dialect.ownSettings && (vaultAuthMethod !== 'token' || vaultTokenWrapped)) return undefined;
  const [token, path] = [metadata.vaultToken?.reveal() ?? '', metadata.vaultTokenMountPath ?? ''];
  if (path !== '') return await TokenFile.open({ path, isFollowed: dialect.files === 'followed', logger });
  if (token !== '') return staticToken(dialect.token === 'trimmed' ? token.trim() : token);
  const hint = 'set vaultToken or vaultTokenMountPath';
  throw new SecretStoreError('invalid_argument', 'token mount path and token not set', { operation: 'init', hint });
}
