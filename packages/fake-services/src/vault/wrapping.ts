import { randomBytes } from 'node:crypto';
import type { Answer } from '../fake-service.ts';
import { success } from './answers.ts';
import { failure } from './messages.ts';

interface Wrapped {
  readonly response: object;
  readonly creationPath: string;
  readonly ttl: number;
  readonly createdAt: number;
}

/** Responses behind tokens that open them once. */
export class Wrappings {
  readonly #wrapped = new Map<string, Wrapped>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A wrapping token. `ttl` in milliseconds. */
  wrap(response: object, creationPath: string, ttl = 60_000): string {
    const token = `s.${randomBytes(18).toString('base64url')}`;
    this.#wrapped.set(token, { response, creationPath, ttl, createdAt: this.#now() });
    return token;
  }

  lookUp(token: string): Answer {
    const wrapped = this.#known(token);
    if (wrapped === undefined) return UNKNOWN;
    const { creationPath, createdAt, ttl } = wrapped;
    const time = new Date(createdAt).toISOString();
    return success({ data: { creation_path: creationPath, creation_time: time, creation_ttl: ttl / 1000 } });
  }

  unwrap(token: string): Answer {
    const wrapped = this.#known(token);
    if (wrapped === undefined) return UNKNOWN;
    this.#wrapped.delete(token);
    return success(wrapped.response);
  }

  #known(token: string): Wrapped | undefined {
    const wrapped = this.#wrapped.get(token);
    return wrapped !== undefined && this.#now() < wrapped.createdAt + wrapped.ttl ? wrapped : undefined;
  }
}

const UNKNOWN = failure(400, ['wrapping token is not valid or does not exist']);
