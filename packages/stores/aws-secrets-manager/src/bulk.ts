import type { BatchGetSecretValueCommandOutput, Filter, SecretValueEntry } from '@aws-sdk/client-secrets-manager';
import { pages } from '@coffer/aws-client';
import {
  type BulkGetRequest,
  type CallOptions,
  type DriverDialect,
  isSecretStoreError,
  type Logger,
  type SecretData,
  type SecretStoreError,
  type SecretTable,
  type SecretValues,
  secretTable,
} from '@coffer/core/driver';
import { bulkFailure, isAboutSecret, isPassing, isWithoutValue, refusalOf } from './errors.ts';
import { type ManyReader, nameOfId } from './many.ts';
import { filtersOf, isSelected, listNames, listPage, type Selection } from './names.ts';
import type { PurposeOptions, Service } from './service.ts';

/** As many as one page of values takes. */
const MOST_VALUES = 20;
/** The service wants a filter, and knows none for all secrets: no name begins with a colon. */
const EVERY_SECRET: readonly Filter[] = [{ Key: 'name', Values: ['!:'] }];
const PURPOSE = { as: 'bulkGet' } as const;

export interface BulkParts {
  readonly service: Service;
  readonly many: ManyReader;
  readonly selection: Selection;
  /** What happens to a read with a secret in it that may not be read. */
  readonly unreadable: 'fail' | 'skip';
  readonly dialect: Pick<DriverDialect, 'aws' | 'awsSecretsManager'>;
  readonly logger: Logger;
  readonly dataOf: (entry: SecretValueEntry, name: string, purpose: PurposeOptions) => SecretData;
}

type Values = SecretTable<SecretValues | null>;
type Wanted = (name: string) => boolean;
type Outcome = readonly [name: string, outcome: SecretData | SecretStoreError];

/**
 * Reads every selected secret. BatchGetSecretValue by filter gives twenty values a call and needs no names beforehand; but a
 * service that takes its filters differently (emulators do) would leave secrets out without a word. So until a whole read has
 * shown every name of the first page of ListSecrets, that page is asked for beside it; and what has not got them all, or is
 * refused, is read by listed names. So is what the caller may have only in part: values that nobody may see are not asked for.
 */
export class BulkReader {
  readonly #parts: BulkParts;
  #filters: 'unknown' | 'good' | 'unfit' = 'unknown';
  /** Secrets whose refusal has been told. */
  readonly #reported = new Set<string>();

  constructor(parts: BulkParts) {
    this.#parts = parts;
  }

  async read({ wanted = () => true }: Pick<BulkGetRequest, 'wanted'>, { signal }: CallOptions): Promise<Values> {
    const { many, selection } = this.#parts;
    const mayFilter = selection.names.length === 0 && this.#filters !== 'unfit' && many.mayBatch !== false;
    const options = { ...PURPOSE, signal };
    return (mayFilter ? await this.#readByFilter(wanted, options) : undefined) ?? this.#readByNames(wanted, options);
  }

  async #readByNames(wanted: Wanted, options: PurposeOptions): Promise<Values> {
    const { service, many, selection } = this.#parts;
    const data: Values = secretTable();
    const lists = async function* (signal: AbortSignal) {
      for await (const names of listNames(service, selection, { ...PURPOSE, signal })) yield names.filter(wanted);
    };
    await many.read(lists, (name, outcome) => this.#put(data, name, outcome), options);
    return data;
  }

  /** Undefined when it turns out that filters are not to be relied on. */
  async #readByFilter(wanted: Wanted, { signal }: PurposeOptions): Promise<Values | undefined> {
    const stop = new AbortController();
    const options = { ...PURPOSE, signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]) };
    const { service, selection } = this.#parts;
    const isKnown = this.#filters === 'good';
    const sample = isKnown ? undefined : listPage(service, selection, undefined, options);
    // It is looked at later, and not at all when the read fails before.
    sample?.catch(() => undefined);
    try {
      const data: Values = secretTable();
      const told = await this.#readPages(data, wanted, options);
      if (told === undefined) {
        this.#filters = 'unfit';
        return undefined;
      }
      const expected = (await sample)?.names ?? [];
      if (expected.every((name) => told.has(name))) {
        if (expected.length > 0) this.#filters = 'good';
        return data;
      }
      this.#distrust(told);
    } catch (cause) {
      if (!isSecretStoreError(cause) || cause.secret !== undefined || !isAboutSecret(cause)) throw cause;
      // What is invalid will be so the next time; anything else may be about one of the secrets, on services that answer so.
      if (cause.code === 'invalid_argument') this.#filters = 'unfit';
      this.#parts.logger.debug(`secrets are read by their names: ${cause.detail}`);
    } finally {
      stop.abort();
    }
    return undefined;
  }

  /** Puts the values of every page there; answers which names the service told anything of. Undefined: not all are wanted. */
  async #readPages(data: Values, wanted: Wanted, options: PurposeOptions): Promise<ReadonlySet<string> | undefined> {
    const { service, many, selection } = this.#parts;
    const told = new Set<string>();
    const again: string[] = [];
    const Filters = filtersOf(selection) ?? [...EVERY_SECRET];
    const ask = (NextToken: string | undefined) => service.batch({ Filters, MaxResults: MOST_VALUES, NextToken }, options);
    for await (const page of pages(ask)) {
      for (const [name, outcome] of this.#outcomesOf(page, options)) {
        told.add(name);
        if (!isSelected(name, selection)) continue;
        if (!wanted(name)) return undefined;
        if (isSecretStoreError(outcome) && isPassing(outcome)) again.push(name);
        else this.#put(data, name, outcome);
      }
    }
    if (again.length > 0) await many.read([again], (name, outcome) => this.#put(data, name, outcome), options);
    return told;
  }

  *#outcomesOf({ SecretValues = [], Errors = [] }: BatchGetSecretValueCommandOutput, options: PurposeOptions): Iterable<Outcome> {
    for (const entry of SecretValues) {
      const { Name: name = '' } = entry;
      yield [name, dataOrRefusal(() => this.#parts.dataOf(entry, name, { ...options, secret: name }))];
    }
    for (const error of Errors) {
      const name = nameOfId(error.SecretId ?? '');
      yield [name, refusalOf(error, { ...PURPOSE, secret: name })];
    }
  }

  /** One outcome; fails when the whole read is to fail for it. */
  #put(data: Values, name: string, outcome: SecretData | SecretStoreError): void {
    if (!isSecretStoreError(outcome)) {
      data[name] = outcome.data;
      return;
    }
    const { selection, unreadable, dialect, logger } = this.#parts;
    const isWanted = selection.names.length > 0;
    if (isWithoutValue(outcome) && !isWanted && dialect.awsSecretsManager.secretsWithoutValue === 'left_out') return;
    const failure = bulkFailure(name, outcome, dialect.aws.failedSecret);
    if (unreadable === 'fail' || !isAboutSecret(outcome)) throw failure;
    if (this.#reported.has(name)) return;
    this.#reported.add(name);
    logger.warn(`a bulk read leaves out a secret: ${failure.detail}${failure.hint === undefined ? '' : `; ${failure.hint}`}`);
  }

  #distrust(told: ReadonlySet<string>): void {
    // Some may be new; none at all is a service that does not know these filters.
    if (told.size === 0) this.#filters = 'unfit';
    this.#parts.logger.warn('BatchGetSecretValue by filter left out secrets that ListSecrets has: they are read by their names');
  }
}

function dataOrRefusal(read: () => SecretData): SecretData | SecretStoreError {
  try {
    return read();
  } catch (cause) {
    if (isSecretStoreError(cause)) return cause;
    throw cause;
  }
}
