import { readFile } from 'node:fs/promises';
import { type CallOptions, osErrorText, type Redacted, secretStoreErrorFrom, throwIfAborted } from '@coffer/core/driver';
import { LoginError } from './errors.ts';

/** A secret text, as it is now. */
export type Credential = (options: CallOptions) => Promise<string>;

/** What is set, else what is in the file; undefined when neither is given. White space around it is cut. */
export function credentialOf(
  what: string,
  inline: Redacted<string> | undefined,
  path: string | undefined,
): Credential | undefined {
  const text = inline?.reveal().trim() ?? '';
  if (text !== '') return async () => text;
  return path ? fileCredential(what, path) : undefined;
}

/** What is in the file whenever it is asked for. Fails with `unauthenticated`. */
export function fileCredential(what: string, path: string): Credential {
  return async ({ signal }) => {
    const text = await textOf(what, path, signal);
    if (text !== '') return text;
    throw new LoginError('unauthenticated', `couldn't read ${what} from ${path} err: the file is empty`);
  };
}

async function textOf(what: string, path: string, signal: AbortSignal | undefined): Promise<string> {
  throwIfAborted(signal);
  try {
    return (await readFile(path, { encoding: 'utf8', ...(signal === undefined ? {} : { signal }) })).trim();
  } catch (cause) {
    if (signal?.aborted) throw secretStoreErrorFrom(cause);
    const hint = 'check that the file is mounted and that this user may read it';
    throw new LoginError('unauthenticated', `couldn't read ${what} from ${path} err: ${osErrorText(cause)}`, { hint, cause });
  }
}
