import { access, constants } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BulkGetRequest,
  type BulkSecretData,
  type CallOptions,
  Feature,
  type GetRequest,
  type InitContext,
  type ListRequest,
  type SecretChange,
  type SecretData,
  type SecretStore,
  SecretStoreError,
  throwIfAborted,
  type WatchRequest,
} from '@coffer/core/driver';
import { changesBetween, type FileContent, type FileMetadata } from './file-content.ts';
import { followFile, QUIET_MILLISECONDS, stampOf } from './follow-file.ts';

export interface ReadOptions extends CallOptions {
  /** False for the reading at `init`, which tells what is worth a warning. */
  readonly again: boolean;
}

/** Reads the whole of a file. A failure with `invalid_argument` is one that only another content of the file can mend. */
export type ReadFileContent<Metadata> = (context: InitContext<Metadata>, options: ReadOptions) => Promise<FileContent>;

/**
 * The secrets of one file: holds the whole of it from `init` on, and what it has become for as long as somebody watches.
 * Answers are shared between calls, and frozen.
 */
export class FileStore<Metadata extends FileMetadata> implements SecretStore<Metadata> {
  readonly #read: ReadFileContent<Metadata>;
  #context: InitContext<Metadata> | undefined;
  #stamp = '';
  /** Undefined before `init` and after `close`. */
  #content: FileContent | undefined;

  constructor(read: ReadFileContent<Metadata>) {
    this.#read = read;
  }

  async init(context: InitContext<Metadata>, { signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    // Older than the content, so that what changes in between is not missed.
    const stamp = await stampOf(context.metadata.secretsFile);
    this.#content = await this.#readSettled(context, { signal, stamp });
    this.#context = context;
    this.#stamp = stamp;
  }

  /** Reads once more what could not be read and has changed meanwhile: somebody is putting the file in place. */
  async #readSettled(context: InitContext<Metadata>, { signal, stamp }: CallOptions & { stamp: string }): Promise<FileContent> {
    try {
      return await this.#read(context, { signal, again: false });
    } catch (cause) {
      if ((await stampOf(context.metadata.secretsFile)) === stamp) throw cause;
      await sleep(QUIET_MILLISECONDS);
      throwIfAborted(signal);
      return await this.#read(context, { signal, again: false });
    }
  }

  async get({ name }: GetRequest, { signal }: CallOptions = {}): Promise<SecretData> {
    throwIfAborted(signal);
    const secret = this.#open('get').secrets.get(name);
    if (secret === undefined)
      throw new SecretStoreError('not_found', `secret ${name} not found`, { operation: 'get', secret: name });
    return secret;
  }

  async bulkGet(_request: BulkGetRequest, { signal }: CallOptions = {}): Promise<BulkSecretData> {
    throwIfAborted(signal);
    return this.#open('bulkGet').all;
  }

  async *list(_request: ListRequest, { signal }: CallOptions = {}): AsyncIterable<readonly string[]> {
    throwIfAborted(signal);
    yield [...this.#open('list').secrets.keys()];
  }

  /** The file is still there and readable. */
  async ping({ signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
    const path = this.#context?.metadata.secretsFile ?? '';
    await access(path, constants.R_OK).catch((cause) => {
      throw new SecretStoreError('unavailable', `${path} can no longer be read`, { operation: 'ping', cause });
    });
  }

  /**
   * Reads the file again whenever it has changed: what it holds is served from then on, and told. While it can't be read or
   * holds no secrets, the last good content is served, and one log line says why.
   */
  async *watch({ names }: WatchRequest, { signal }: CallOptions = {}): AsyncIterable<SecretChange> {
    const before = this.#open('watch');
    const context = this.#context as InitContext<Metadata>;
    const { metadata, logger } = context;
    const path = metadata.secretsFile;
    const read = () => this.#read(context, { signal, again: true });
    const failed = ({ detail, hint }: SecretStoreError) => {
      const reason = hint === undefined ? detail : `${detail}: ${hint}`;
      logger.error(`secrets file ${path} has changed and can't be read, what it held before is served on: ${reason}`);
    };
    let served = before;
    for await (const { stamp, content } of followFile({ path, stamp: this.#stamp, read, failed, signal })) {
      if (this.#content === undefined) return;
      this.#content = content;
      this.#stamp = stamp;
      const changes = changesBetween(served, content);
      served = content;
      logger.info(`secrets file ${path} was read again, secrets that changed: ${changes.length}`);
      yield* names === undefined ? changes : changes.filter(({ name }) => names.includes(name));
    }
  }

  features(): readonly Feature[] {
    const always = [Feature.list, Feature.ping, Feature.watch];
    return this.#context?.metadata.multiValued ? [Feature.multipleKeyValuesPerSecret, ...always] : always;
  }

  async close(): Promise<void> {
    this.#content = undefined;
  }

  /** A store that is closed must not say that a secret does not exist. */
  #open(operation: string): FileContent {
    if (this.#content) return this.#content;
    throw new SecretStoreError('unavailable', 'the store is closed', { operation });
  }
}
