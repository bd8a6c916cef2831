import type { Answer } from '../fake-service.ts';

const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' };

export interface DataOptions {
  /** Seconds. */
  readonly lease?: number;
  /** JSON text. */
  readonly wrapInfo?: string;
}

/** An answer of success; `data` is JSON text, which is sent as it is. */
export function withData(data: string, { lease = 0, wrapInfo = 'null' }: DataOptions = {}): Answer {
  const body = `{"request_id":"5c8c8c4e-9d1b-7c0a-3f4e-0d2f6f1c9a11","lease_id":"","renewable":false,"lease_duration":${lease},"data":${data},"wrap_info":${wrapInfo},"warnings":null,"auth":null}\n`;
  return { status: 200, headers: HEADERS, body };
}

/** An answer of failure. `data` is the JSON text that comes with it when the server has some. */
export function failure(status: number, errors: readonly string[], data?: string): Answer {
  if (data !== undefined) return { ...withData(data), status };
  return { status, headers: HEADERS, body: `${JSON.stringify({ errors })}\n` };
}

/** As the server tells errors that came of a request it took. */
export function listed(status: number, text: string): Answer {
  return failure(status, [`1 error occurred:\n\t* ${text}\n\n`]);
}
