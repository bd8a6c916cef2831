import { readFile } from 'node:fs/promises';
import { osErrorText } from '@coffer/core/driver';
import { KubernetesError } from '../errors.ts';

/** Milliseconds for which a file is not looked at again. */
const FRESH = 10_000;

/**
 * A file that somebody else replaces while the process runs: the mounted token of a service account, a certificate. It is
 * read again every ten seconds at most, and what was read last stays while it can't be read.
 */
export class FileContents {
  readonly #path: string;
  #bytes: Buffer;
  #readAt = performance.now();
  #reading: Promise<void> | undefined;

  private constructor(path: string, bytes: Buffer) {
    this.#path = path;
    this.#bytes = bytes;
  }

  /** Fails with `configuration` when the file can't be read now. */
  static async open(path: string): Promise<FileContents> {
    try {
      return new FileContents(path, await readFile(path));
    } catch (cause) {
      throw new KubernetesError('configuration', `open ${path}: ${osErrorText(cause)}`, { cause });
    }
  }

  async read(): Promise<Buffer> {
    if (performance.now() - this.#readAt >= FRESH) {
      this.#reading ??= this.#readAgain();
      await this.#reading;
    }
    return this.#bytes;
  }

  /** The next `read` looks at the file. */
  expire(): void {
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  async #readAgain(): Promise<void> {
    try {
      const bytes = await readFile(this.#path);
      // An empty one is in the middle of being written; an equal one stays the same object, by which connections are reused.
      if (bytes.length > 0 && !bytes.equals(this.#bytes)) this.#bytes = bytes;
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause)) throw cause;
    } finally {
      this.#readAt = performance.now();
      this.#reading = undefined;
    }
  }
}
