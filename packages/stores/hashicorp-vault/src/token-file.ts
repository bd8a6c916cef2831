import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { type CallOptions, type Logger, osErrorCode, osErrorText, SecretStoreError } from '@coffer/core/driver';
import type { TokenSource } from './token-source.ts';

const HINTS: Readonly<Record<string, string>> = {
  ENOENT: 'check vaultTokenMountPath, and that the agent which writes the file starts before',
  EACCES: 'let the user that runs this process read the file',
  EPERM: 'let the user that runs this process read the file',
  EISDIR: 'vaultTokenMountPath names a folder; name the file in it',
};

export interface TokenFileOptions {
  readonly path: string;
  /** Whether the file is read again; otherwise the first token is the only one. */
  readonly isFollowed: boolean;
  readonly logger: Logger;
}

/** The token that a file holds, as it is now: whoever writes the file renews and replaces it. */
export class TokenFile implements TokenSource {
  readonly #options: TokenFileOptions;
  #token: string;
  #seen: string;
  #reading: Promise<void> | undefined;
  /** Told once, until the file can be read again. */
  #trouble = '';

  private constructor(options: TokenFileOptions, { token, seen }: Contents) {
    this.#options = options;
    this.#token = token;
    this.#seen = seen;
  }

  /** Reads the file for the first time. Fails with `failed_precondition` and the operating system's words. */
  static async open(options: TokenFileOptions): Promise<TokenFile> {
    const { path, isFollowed } = options;
    try {
      const contents = await contentsOf(path);
      if (contents.token === '' && isFollowed) throw new Error('the file is empty');
      return new TokenFile(options, contents);
    } catch (cause) {
      const detail = `couldn't read vault token from mount path ${path} err: ${wordsOf(cause, path)}`;
      throw new SecretStoreError('failed_precondition', detail, { operation: 'init', hint: HINTS[osErrorCode(cause)], cause });
    }
  }

  /** A file that is gone or empty for a moment leaves the token as it is. */
  async token(_: CallOptions): Promise<string> {
    if (this.#options.isFollowed) await this.#follow(false);
    return this.#token;
  }

  async rejected(token: string): Promise<boolean> {
    if (this.#options.isFollowed) await this.#follow(true);
    return this.#token !== token;
  }

  async close(): Promise<void> {}

  /** One look at a time; those who come meanwhile wait for it. */
  #follow(always: boolean): Promise<void> {
    this.#reading ??= this.#read(always).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(always: boolean): Promise<void> {
    const { path, logger } = this.#options;
    try {
      if (!always && markOf(await stat(path)) === this.#seen) return;
      const { token, seen } = await contentsOf(path);
      if (token === '') throw new Error('the file is empty');
      this.#token = token;
      this.#seen = seen;
      this.#trouble = '';
    } catch (cause) {
      const trouble = `couldn't read vault token from mount path ${path} again: ${wordsOf(cause, path)}; the one before is used on`;
      if (trouble !== this.#trouble) logger.warn(trouble);
      this.#trouble = trouble;
    }
  }
}

interface Contents {
  readonly token: string;
  /** Changes when the file does. */
  readonly seen: string;
}

async function contentsOf(path: string): Promise<Contents> {
  // Before the text: what is written meanwhile is then seen as a change.
  const seen = markOf(await stat(path));
  return { token: (await readFile(path, 'utf8')).trim(), seen };
}

function markOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [ino, size, mtimeMs, ctimeMs].join();
}

function wordsOf(cause: unknown, path: string): string {
  const code = osErrorCode(cause);
  return code === '' ? osErrorText(cause) : `${code === 'EISDIR' ? 'read' : 'open'} ${path}: ${osErrorText(cause)}`;
}
