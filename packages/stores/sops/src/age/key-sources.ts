import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Logger, osErrorCode } from '@coffer/core/driver';
import { readBytes } from '@coffer/file-store';
import type { SopsMetadata } from '../metadata.ts';

/** Where identities come from, as messages call it, and what is there. */
export interface KeySource {
  readonly name: string;
  readonly text: string;
}

export interface KeySourceOptions {
  readonly signal: AbortSignal | undefined;
  /** Gets a warning for a key file that others may read. */
  readonly logger: Logger | undefined;
}

const LARGEST_KEY_FILE = 1024 * 1024;

/**
 * What the settings name; when they name nothing, what sops itself would take: SOPS_AGE_KEY, SOPS_AGE_KEY_FILE and the default
 * file, all of them that are there. A program that gives a key (SOPS_AGE_KEY_CMD) is never started. Fails as `readBytes` does
 * for a file that is named and can't be read.
 */
export async function keySources({ ageKey, ageKeyFile }: SopsMetadata, options: KeySourceOptions): Promise<KeySource[]> {
  if (ageKey !== undefined || ageKeyFile !== undefined) {
    const inline = ageKey === undefined ? [] : [{ name: 'setting ageKey', text: ageKey.reveal() }];
    const file = ageKeyFile === undefined ? [] : [await keyFile(ageKeyFile, 'ageKeyFile', options)];
    return [...inline, ...file];
  }
  const { SOPS_AGE_KEY, SOPS_AGE_KEY_FILE } = process.env;
  return [
    ...(SOPS_AGE_KEY ? [{ name: 'variable SOPS_AGE_KEY', text: SOPS_AGE_KEY }] : []),
    ...(SOPS_AGE_KEY_FILE ? [await keyFile(SOPS_AGE_KEY_FILE, 'SOPS_AGE_KEY_FILE', options)] : []),
    ...(await keyFile(defaultKeyFile(), 'the default key file', options).then(
      (source) => [source],
      (failure) => {
        if (['ENOENT', 'ENOTDIR'].includes(osErrorCode(failure.cause))) return [];
        throw failure;
      },
    )),
  ];
}

/** Where sops looks last. */
export function defaultKeyFile(): string {
  const { XDG_CONFIG_HOME, AppData } = process.env;
  return join(XDG_CONFIG_HOME || configFolder(AppData), 'sops', 'age', 'keys.txt');
}

function configFolder(appData: string | undefined): string {
  if (process.platform === 'win32') return appData ?? join(homedir(), 'AppData', 'Roaming');
  return process.platform === 'darwin' ? join(homedir(), 'Library', 'Application Support') : join(homedir(), '.config');
}

async function keyFile(path: string, setting: string, { signal, logger }: KeySourceOptions): Promise<KeySource> {
  const inspect = ({ mode }: { readonly mode: number }) => {
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      logger?.warn(`age key file ${path} may be read or written by other users: chmod 600 ${path}`);
  };
  const bytes = await readBytes(path, { setting, limit: LARGEST_KEY_FILE, signal, inspect });
  return { name: `key file ${path}`, text: bytes.toString('utf8') };
}
