import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { isSecretStoreError, SecretStoreError, secretStoreErrorFrom, throwIfAborted } from '@coffer/core/driver';

/** What a token is asked for. */
export interface TokenRequest {
  /** `https://vault.azure.net/.default`. */
  readonly scope: string;
  /** A challenge of the service that the token must answer (continuous access evaluation). */
  readonly claims?: string | undefined;
  readonly signal: AbortSignal;
}

/** One way to log in. It keeps nothing: every call asks for a new token. */
export interface Login {
  /** Fails with `LoginUnavailable` when this way is not there, so that the next one is tried; else with a SecretStoreError. */
  token(request: TokenRequest): Promise<AccessToken>;
}

/** This way to log in is not there: no metadata service, no program, no token file. */
export class LoginUnavailable extends Error {
  override readonly name = 'LoginUnavailable';
  /** `unavailable`: it may be there later; else nobody vouches for this machine. */
  readonly code: 'unauthenticated' | 'unavailable';

  constructor(message: string, code: 'unauthenticated' | 'unavailable' = 'unauthenticated') {
    super(message);
    this.code = code;
  }
}

/** The application of a scope: `https://vault.azure.net`. */
export function resourceOf(scope: string): string {
  return scope.replace(/\/\.default$/, '');
}

/**
 * Ways to log in, tried in their order. One that is not there hands over to the next; any other failure is final. The first
 * one that worked is the only one asked from then on.
 */
export class Logins implements TokenCredential {
  readonly #logins: readonly Login[];
  readonly #limit: number;
  #working: Login | undefined;

  /** `limit`: milliseconds that a token may take, whatever the caller's patience. */
  constructor(logins: readonly Login[], limit: number) {
    this.#logins = logins;
    this.#limit = limit;
  }

  async getToken(scopes: string | string[], { abortSignal, claims }: GetTokenOptions = {}): Promise<AccessToken> {
    const [scope = ''] = [scopes].flat();
    const stop = new AbortController();
    const giveUp = () => stop.abort(reasonOf(abortSignal));
    if (abortSignal?.aborted) giveUp();
    abortSignal?.addEventListener('abort', giveUp);
    const expire = () => stop.abort(new DOMException('the time limit for a token has passed', 'TimeoutError'));
    const timer = setTimeout(expire, this.#limit);
    try {
      return await this.#token({ scope, claims, signal: stop.signal });
    } catch (cause) {
      throwIfAborted(stop.signal);
      throw secretStoreErrorFrom(cause);
    } finally {
      clearTimeout(timer);
      abortSignal?.removeEventListener('abort', giveUp);
    }
  }

  async #token(request: TokenRequest): Promise<AccessToken> {
    if (this.#working !== undefined) return await this.#only(this.#working, request);
    const tried: LoginUnavailable[] = [];
    for (const login of this.#logins) {
      throwIfAborted(request.signal);
      try {
        const token = await login.token(request);
        this.#working = login;
        return token;
      } catch (cause) {
        if (cause instanceof LoginUnavailable) {
          tried.push(cause);
          continue;
        }
        if (!isSecretStoreError(cause)) throw cause;
        const { code, detail, hint, retryable } = cause;
        const messages = [...tried.map(({ message }) => message), detail];
        const message = `ChainedTokenCredential authentication failed. ${attempts(messages)}`;
        throw new SecretStoreError(code, message, { hint, retryable, cause });
      }
    }
    const code = tried.every((login) => login.code === 'unavailable') ? 'unavailable' : 'unauthenticated';
    throw new SecretStoreError(code, `ChainedTokenCredential: ${attempts(tried.map(({ message }) => message))}`, {
      hint: 'no way to log in is there: give the component credentials, or the machine or pod an identity',
    });
  }

  /** Once it has worked, a way that is not there is away for a while. */
  async #only(login: Login, request: TokenRequest): Promise<AccessToken> {
    try {
      return await login.token(request);
    } catch (cause) {
      if (cause instanceof LoginUnavailable) throw new SecretStoreError(cause.code, cause.message, { cause });
      throw cause;
    }
  }
}

/** The reference's words. */
function attempts(messages: readonly string[]): string {
  return `failed to acquire a token.\nAttempted credentials:${messages.map((message) => `\n\t${message}`).join('')}`;
}

/** The SDK's own kind of signal has no reason. */
function reasonOf(signal: GetTokenOptions['abortSignal']): unknown {
  const reason = signal !== undefined && 'reason' in signal ? signal.reason : undefined;
  return reason ?? new DOMException('the caller has given up', 'AbortError');
}
