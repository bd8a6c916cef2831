import type { Answer } from '../fake-service.ts';

/** The server's form of a successful answer. */
export function success(parts: { readonly data?: unknown; readonly auth?: unknown }): Answer {
  const rest = { lease_id: '', renewable: false, lease_duration: 0, data: null, wrap_info: null, warnings: null, auth: null };
  return { status: 200, body: { request_id: 'a7c1c7f0-0000-0000-0000-000000000000', ...rest, ...parts } };
}
