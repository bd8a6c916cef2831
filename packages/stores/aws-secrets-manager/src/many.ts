import { setTimeout as sleep } from 'node:timers/promises';
import type { APIErrorType, BatchGetSecretValueCommandOutput, SecretValueEntry } from '@aws-sdk/client-secrets-manager';
import {
  forEachConcurrently,
  type Items,
  isSecretStoreError,
  type Logger,
  type SecretData,
  type SecretStoreError,
} from '@coffer/core/driver';
import { Backoff } from '@coffer/http-client';
import { isAboutSecret, isPassing, refusalOf } from './errors.ts';
import type { PurposeOptions, Service } from './service.ts';
import { CURRENT, type Version } from './version.ts';

/** As many as one call takes. */
const MOST_IDS = 20;
/** How often secrets are asked for again that a batch says are throttled. */
const MOST_ROUNDS = 4;
/** What a batch takes: one entry that is none of these can spoil it for the others. */
const ID = /^(?:[A-Za-z0-9/_+=.@!-]{1,512}|arn:[\x21-\x7e]{1,2044})$/;

/** Told once for every name that was asked for. May throw, which ends the read. */
export type Tell = (name: string, outcome: SecretData | SecretStoreError) => void;

export interface ManyParts {
  readonly service: Service;
  readonly logger: Logger;
  /** One secret by itself; fails with `SecretStoreError`. */
  readonly readOne: (name: string, version: Version, options: PurposeOptions) => Promise<SecretData>;
  /** What an entry of a batch is, for the name that it was asked by. */
  readonly dataOf: (entry: SecretValueEntry, name: string, purpose: PurposeOptions) => SecretData;
}

export interface ManyOptions extends PurposeOptions {
  /** Of each of them; a batch knows the current one alone. */
  readonly version?: Version;
}

/** Reads of several secrets by name: twenty a call where that is allowed, else one, and ten calls at a time. */
export class ManyReader {
  readonly #parts: ManyParts;
  /** Undefined: not known yet. */
  #mayBatch: boolean | undefined;

  constructor(parts: ManyParts) {
    this.#parts = parts;
  }

  get mayBatch(): boolean | undefined {
    return this.#mayBatch;
  }

  /** Fails when a failure is not about one secret but about the service, the credentials or the caller. */
  async read(lists: Items<readonly string[]>, tell: Tell, options: ManyOptions): Promise<void> {
    await forEachConcurrently(
      (signal) => this.#portions(typeof lists === 'function' ? lists(signal) : lists, tell, { ...options, signal }),
      async (names, { signal }) => {
        const rest = names.length === 1 ? names : await this.#readBatch(names, tell, { ...options, signal });
        for (const name of rest) await this.#readSingle(name, tell, { ...options, signal });
      },
      { signal: options.signal },
    );
  }

  /** What to ask for at a time. The first batch goes alone, and tells whether batches are to be had. */
  async *#portions(
    lists: Iterable<readonly string[]> | AsyncIterable<readonly string[]>,
    tell: Tell,
    options: ManyOptions,
  ): AsyncGenerator<readonly string[]> {
    const { version = CURRENT } = options;
    const mayBatch = (name: string) => version === CURRENT && ID.test(name);
    for await (const list of lists) {
      const names = list.filter(mayBatch);
      for (const name of list) if (!mayBatch(name)) yield [name];
      for (let at = 0, size = 1; at < names.length; at += size) {
        size = this.#mayBatch === false ? 1 : MOST_IDS;
        const portion = names.slice(at, at + size);
        if (this.#mayBatch !== undefined || portion.length === 1) {
          yield portion;
          continue;
        }
        const [first, ...others] = await this.#readBatch(portion, tell, options);
        // Alone too: who may not read the first one often may read none.
        if (first !== undefined) await this.#readSingle(first, tell, options);
        for (const name of others) yield [name];
      }
    }
  }

  /** Tells of the names that a batch answers, asks again for those that it says are throttled, and gives the others back. */
  async #readBatch(names: readonly string[], tell: Tell, options: PurposeOptions): Promise<readonly string[]> {
    const unanswered: string[] = [];
    const backoff = new Backoff();
    for (let asked = names, round = 1; asked.length > 0; round++) {
      const answer = await this.#ask(asked, options);
      if (answer === undefined) return [...unanswered, ...asked];
      const { SecretValues = [], Errors = [] } = answer;
      const passing: [string, SecretStoreError][] = [];
      for (const name of asked) {
        const entry = SecretValues.find((candidate) => isSecretOf(candidate, name));
        const error = Errors.find((candidate) => isErrorOf(candidate, name));
        const refusal = error && refusalOf(error, { as: options.as, secret: name });
        if (entry !== undefined) tell(name, this.#outcome(entry, name, options));
        else if (refusal === undefined) unanswered.push(name);
        else if (isPassing(refusal)) passing.push([name, refusal]);
        else tell(name, refusal);
      }
      if (round === MOST_ROUNDS) for (const [name, refusal] of passing.splice(0)) tell(name, refusal);
      asked = passing.map(([name]) => name);
      if (asked.length > 0) await sleep(backoff.pause(), undefined, options.signal && { signal: options.signal });
    }
    return unanswered;
  }

  /** Undefined when the whole batch is refused, which says nothing of its secrets. */
  async #ask(ids: readonly string[], options: PurposeOptions): Promise<BatchGetSecretValueCommandOutput | undefined> {
    try {
      const answer = await this.#parts.service.batch({ SecretIdList: [...ids] }, options);
      this.#mayBatch ??= true;
      return answer;
    } catch (cause) {
      if (!isSecretStoreError(cause) || !isAboutSecret(cause)) throw cause;
      if (this.#mayBatch === undefined || cause.code === 'permission_denied') this.#refuseBatches(cause);
      return undefined;
    }
  }

  /** Learns that batches are not to be had, and says so once. */
  #refuseBatches({ code, detail }: SecretStoreError): void {
    if (this.#mayBatch === false) return;
    this.#mayBatch = false;
    const what = code === 'permission_denied' ? 'allow secretsmanager:BatchGetSecretValue to read twenty a call' : detail;
    this.#parts.logger.warn(`secrets are read one by one: ${what}`);
  }

  async #readSingle(name: string, tell: Tell, { as, signal, version = CURRENT }: ManyOptions): Promise<void> {
    let outcome: SecretData | SecretStoreError;
    try {
      outcome = await this.#parts.readOne(name, version, { as, secret: name, signal });
    } catch (cause) {
      if (!isSecretStoreError(cause) || !(isAboutSecret(cause) || cause.code === 'resource_exhausted')) throw cause;
      outcome = cause;
    }
    tell(name, outcome);
  }

  #outcome(entry: SecretValueEntry, name: string, { as, signal }: PurposeOptions): SecretData | SecretStoreError {
    try {
      return this.#parts.dataOf(entry, name, { as, secret: name, signal });
    } catch (cause) {
      if (isSecretStoreError(cause)) return cause;
      throw cause;
    }
  }
}

/** Names are asked for as they are, or as an ARN with or without the six characters that the service adds. */
function isSecretOf({ Name, ARN = '' }: SecretValueEntry, id: string): boolean {
  return id === Name || id === ARN || (id.startsWith('arn:') && id === ARN.slice(0, -RANDOM_TAIL));
}
function isErrorOf({ SecretId = '' }: APIErrorType, id: string): boolean {
  return id === SecretId || id === nameOfId(SecretId) || (id.startsWith('arn:') && id === SecretId.slice(0, -RANDOM_TAIL));
}

const RANDOM_TAIL = '-AbCdEf'.length;

/** The name in a whole ARN; any other id as it is. */
export function nameOfId(id: string): string {
  return /^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:(.+)-[A-Za-z0-9]{6}$/.exec(id)?.[1] ?? id;
}
