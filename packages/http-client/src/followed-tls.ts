import { type Logger, secretStoreErrorFrom } from '@coffer/core/driver';
import type { TlsSettings } from './agents.ts';
import type { HttpClient } from './http-client.ts';

export interface FollowedTlsOptions {
  readonly http: HttpClient;
  /** Reads the files. Fails with a `SecretStoreError`. */
  readonly read: () => Promise<TlsSettings>;
  readonly logger: Logger;
  /** Milliseconds. */
  readonly now: () => number;
}

/** Milliseconds from one look at the files to the next: whoever replaces them does so hours before they expire. */
const LOOK_EVERY = 60_000;

/**
 * Certificates and keys that are replaced on disk: looked at when a call is made and the last look is a minute ago. Connections
 * that are open stay as they are; what can't be read leaves in force what is.
 */
export class FollowedTls {
  readonly #options: FollowedTlsOptions;
  #lookedAt: number;
  /** Told once, until the files can be read again. */
  #trouble = '';

  constructor(options: FollowedTlsOptions) {
    this.#options = options;
    this.#lookedAt = options.now();
  }

  async follow(): Promise<void> {
    const { http, read, logger, now } = this.#options;
    if (now() - this.#lookedAt < LOOK_EVERY) return;
    this.#lookedAt = now();
    try {
      http.useTls(await read());
      this.#trouble = '';
    } catch (cause) {
      const trouble = `${secretStoreErrorFrom(cause).detail}; what was read before is used on`;
      if (trouble !== this.#trouble) logger.warn(trouble);
      this.#trouble = trouble;
    }
  }
}
