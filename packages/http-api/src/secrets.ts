import { ReadFailure, type ReadFailureReason } from '@coffer/core';
import { goJson, READ_ERROR_CODES } from '@coffer/core/internal';
import { acceptBody, hasBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { goneSignal } from './gone-signal.ts';
import { requestMetadata } from './query.ts';
import { unescapeQuery } from './text.ts';

export const ERROR_CODE_HEADER = 'coffer-error-code';

/** Of every way a read can fail. */
const STATUSES: Readonly<Record<ReadFailureReason, number>> = {
  stores_not_configured: 500,
  store_not_found: 401,
  denied: 403,
  get_failed: 500,
  bulk_get_failed: 500,
};

/** `GET /v1.0/secrets/{secretStoreName}/{key}` and, with `bulk` in place of a key, all that the scopes allow. */
export async function readSecrets(exchange: Exchange, operation: 'GetSecret' | 'GetBulkSecret'): Promise<void> {
  if (hasBody(exchange.request) && !(await acceptBody(exchange, operation))) return;
  const { settings, parameters, target } = exchange;
  const request = {
    store: decoded(parameters[0]),
    name: decoded(parameters[1]),
    metadata: requestMetadata(target.query),
    signal: goneSignal(exchange.request),
  };
  try {
    const { data } = await (operation === 'GetSecret' ? settings.runtime.get(request) : settings.runtime.bulkGet(request));
    if (data === null) exchange.empty(204);
    else exchange.json(200, `${goJson(data)}\n`);
  } catch (cause) {
    if (!(cause instanceof ReadFailure)) throw cause;
    answerFailure(exchange, cause);
  }
}

function answerFailure(exchange: Exchange, cause: ReadFailure): void {
  if (exchange.settings.runtime.dialect.http.errorCodeHeader) exchange.addHeader(ERROR_CODE_HEADER, cause.code);
  exchange.error(STATUSES[cause.reason], READ_ERROR_CODES[cause.reason], cause.message);
}

/** The path was checked as a whole, so its parameters have no bad escapes. */
function decoded(parameter = ''): string {
  return unescapeQuery(parameter) ?? parameter;
}
