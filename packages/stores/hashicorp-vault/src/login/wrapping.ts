import type { CallOptions } from '@coffer/core/driver';
import type { AuthApi } from './auth-api.ts';
import { type AnswerContext, LoginError } from './errors.ts';

/** The response that a wrapping token stands for. */
export interface WrappedResponse {
  readonly auth: unknown;
  readonly data: unknown;
}

export interface Wrapping {
  /** What is expected in it, for messages: `the secret id`. */
  readonly what: string;
  /** Where such a response is made: another path tells of a wrapping token that was exchanged. */
  readonly isCreationPath: (path: string) => boolean;
  /** That path, for messages. */
  readonly creationPath: string;
}

/**
 * Opens a wrapping token, which works once: that it works tells that nobody else has opened it. Where it was made is looked at
 * first, which does not use it up. Fails with `unauthenticated`.
 */
export async function unwrap(
  api: AuthApi,
  token: string,
  { what, isCreationPath, creationPath }: Wrapping,
  options: CallOptions,
): Promise<WrappedResponse> {
  const context: AnswerContext = {
    what: `couldn't unwrap ${what}`,
    hint: `the wrapping token has expired or was used before. If nothing of yours has used it, somebody else may have ${what}: revoke it, look into the audit log, and issue a new one`,
    secrets: [token],
  };
  const lookup = await api.post(['sys', 'wrapping', 'lookup'], { body: { token } }, context, options);
  const { data } = responseOf(lookup.json);
  const path = pathIn(data, api.place.namespace);
  if (path === undefined || !isCreationPath(path)) {
    const where = path ?? 'a place that it does not tell';
    const hint = 'it may have been exchanged for another on its way: look into the audit log before a new one is issued';
    throw new LoginError('unauthenticated', `${context.what}: the wrapping token was made at ${where}, not at ${creationPath}`, {
      hint,
    });
  }
  const answer = await api.post(['sys', 'wrapping', 'unwrap'], { body: {}, token }, context, options);
  return responseOf(answer.json);
}

/** Relative to the namespace, as some servers give it and others don't. */
function pathIn(data: unknown, namespace: string | undefined): string | undefined {
  const path = typeof data === 'object' && data !== null && 'creation_path' in data ? data.creation_path : undefined;
  if (typeof path !== 'string') return undefined;
  const prefix = `${namespace ?? ''}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}

function responseOf(json: unknown): WrappedResponse {
  const { auth, data } = (typeof json === 'object' && json !== null ? json : {}) as Partial<WrappedResponse>;
  return { auth, data };
}
