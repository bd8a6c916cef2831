import { isJsonObject, jsonObjectOf } from '@coffer/http-client';
import type { HuaweiApi } from './api.ts';
import { ServiceFailure, unreadable } from './service-failure.ts';
import { textOf } from './text-of.ts';

/** A secret as a list has it. */
export interface ListedSecret {
  readonly name: string;
  readonly isEnabled: boolean;
}

export interface SecretVersion {
  /** Text, or the base64 of a binary value. */
  readonly value: string;
  /** `v3`; empty when the service does not tell. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
}

export interface CsmsOptions {
  readonly api: HuaweiApi;
  /** Scheme, host and port. */
  readonly service: URL;
  readonly project: string;
}

/** Secrets on one page, as the reference asks for them. */
const PAGE_SIZE = '100';

/** The calls of the Secret Management Service that a reader of secrets makes. */
export class Csms {
  readonly #options: CsmsOptions;

  constructor(options: CsmsOptions) {
    this.#options = options;
  }

  async version(name: string, version: string, signal: AbortSignal | undefined): Promise<SecretVersion> {
    const answer = await this.#get(['secrets', name, 'versions', version], {}, signal);
    const { version: found } = jsonObjectOf(answer.body) ?? {};
    if (!isJsonObject(found)) throw unreadable(answer);
    const { secret_string: text, secret_binary: binary, version_metadata: about } = found;
    const value = [text, binary].find((given) => typeof given === 'string' && given !== '') ?? text ?? binary;
    if (typeof value !== 'string') throw unreadable(answer, 'the version has neither secret_string nor secret_binary');
    const details = isJsonObject(about) ? about : {};
    const { expire_time: expiresAt } = details;
    return {
      value,
      id: textOf(details, 'id'),
      expiresAt: typeof expiresAt === 'number' && expiresAt > 0 ? expiresAt : undefined,
    };
  }

  /** Page by page. A name that comes twice is given once; a marker that comes twice is a failure. */
  async *secrets(signal: AbortSignal | undefined): AsyncGenerator<readonly ListedSecret[]> {
    const [names, markers] = [new Set<string>(), new Set<string>()];
    for (let marker = ''; ; ) {
      const query = { limit: PAGE_SIZE, ...(marker === '' ? {} : { marker }) };
      const answer = await this.#get(['secrets'], query, signal);
      const { secrets, page_info: page } = jsonObjectOf(answer.body) ?? {};
      if (!Array.isArray(secrets) || !isJsonObject(page)) throw unreadable(answer);
      const listed = secrets.filter(isJsonObject).map(listedSecret);
      // The marker is the last name of a page; whether the next page begins with it is not said.
      const fresh = listed.filter(({ name }) => names.size < names.add(name).size);
      if (fresh.length > 0) yield fresh;
      marker = textOf(page, 'next_marker');
      if (marker === '') return;
      if (markers.has(marker)) throw unreadable(answer, 'the same page marker came twice');
      markers.add(marker);
    }
  }

  /** Succeeds when the service takes the keys, whatever they may do: somebody who may read secrets need not be able to list them. */
  async ping(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#get(['secrets'], { limit: '1' }, signal);
    } catch (cause) {
      if (!(cause instanceof ServiceFailure) || cause.code !== 'permission_denied') throw cause;
    }
  }

  close(): void {
    this.#options.api.close();
  }

  #get(steps: readonly string[], query: Readonly<Record<string, string>>, signal: AbortSignal | undefined) {
    const { api, service, project } = this.#options;
    return api.get({ service, segments: ['v1', project, ...steps], query, headers: { 'x-project-id': project } }, signal);
  }
}

function listedSecret(fields: Readonly<Record<string, unknown>>): ListedSecret {
  const state = textOf(fields, 'state');
  return { name: textOf(fields, 'name'), isEnabled: state === '' || state === 'ENABLED' };
}
