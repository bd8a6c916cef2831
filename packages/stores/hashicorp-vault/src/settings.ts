import type { DriverDialect } from '@coffer/core/driver';
import { metadata as schema, type VaultMetadata } from './metadata.ts';
import { segmentsOf } from './path.ts';

/** Where the secrets are: a mount, and a folder in it. */
export interface Engine {
  readonly version: '1' | '2';
  readonly mount: readonly string[];
  readonly prefix: readonly string[];
}

export interface Settings {
  readonly address: string;
  readonly namespace: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly engine: Engine;
  /** Milliseconds for which answers are to be wrapped; 0 for not at all. */
  readonly wrapTtl: number;
  /** Whether a secret is its map of values, or one text. */
  readonly valueType: 'map' | 'text';
}

/** The settings as the store uses them. Empty text is as good as none, as in the reference. */
export function settingsOf(metadata: VaultMetadata, dialect: DriverDialect['hashicorpVault']): Settings {
  const own: Partial<VaultMetadata> = dialect.ownSettings ? metadata : {};
  const address = metadata.vaultAddr || schema.vaultAddr.default;
  const { requestTimeout = 0, engineVersion = '2', vaultNamespace = '', vaultWrapTTL = 0 } = own;
  return {
    address: dialect.address === 'trimmed' ? address.replace(/\/+$/, '') : address,
    namespace: segmentsOf(vaultNamespace).join('/') || undefined,
    timeout: requestTimeout > 0 ? requestTimeout : DEFAULT_TIMEOUT,
    engine: {
      version: engineVersion,
      mount: segmentsOf(metadata.enginePath || schema.enginePath.default),
      prefix: metadata.vaultKVUsePrefix ? segmentsOf(metadata.vaultKVPrefix || schema.vaultKVPrefix.default) : [],
    },
    wrapTtl: Math.max(0, vaultWrapTTL),
    valueType: metadata.vaultValueType === 'text' ? 'text' : 'map',
  };
}

const DEFAULT_TIMEOUT = 30_000;
