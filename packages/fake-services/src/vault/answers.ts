import type { Answer } from '../fake-service.ts';

/** The server's form of a successful answer. */
export function success(parts: { readonly data?: unknown; readonly auth?: unknown }): Answer {
  const rest = { lease_id: '', renewable: false, lease_duration: 0, data: null, wrap_info: null, warnings: null, auth: null };
  return { status: 200, body: { request_id: 'a7c1c7f0-0000-0000-0000-000000000000', ...rest, ...parts } };
}

export function refusal(status: number, ...errors: readonly string[]): Answer {
  return { status, body: { errors } };
}

export const DENIED: Answer = refusal(403, 'permission denied');
/** What a token that is known hears. */
export const NOT_ALLOWED: Answer = refusal(403, '1 error occurred:\n\t* permission denied\n\n');
