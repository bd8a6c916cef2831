import { type HttpAnswer, isJsonObject, type JsonObject, jsonObjectOf } from '@coffer/http-client';
import { ServiceFailure } from './service-failure.ts';

/** Characters of a message of the service that are shown. */
const LONGEST_MESSAGE = 2048;

/**
 * What is in the `Response` of an answer. Fails with `ServiceFailure`: the service's own, which comes with status 200 as any
 * answer does, or what the reference's library calls an answer that is none. No message quotes an answer.
 */
export function responseOf({ status, body }: Pick<HttpAnswer, 'status' | 'body'>): JsonObject {
  const response = jsonObjectOf(body)?.Response;
  if (isJsonObject(response)) {
    const { Error: error } = response;
    const requestId = textOf(response.RequestId);
    if (isJsonObject(error)) throw new ServiceFailure(textOf(error.Code), shown(textOf(error.Message)), { requestId, status });
    if (status === 200) return response;
  }
  if (status >= 300 && status < 400) {
    throw new ServiceFailure('ClientError.NetworkError', 'a redirect, which is not followed', { status });
  }
  if (status !== 200) throw new ServiceFailure('ClientError.HttpStatusCodeError', `status ${status}`, { status });
  throw unreadable('it has no Response');
}

/** An answer that is not as the API documents it. `reason` names members, and quotes none. */
export function unreadable(reason: string): ServiceFailure {
  return new ServiceFailure('ClientError.ParseJsonError', `Fail to parse json content, because: ${reason}`);
}

/** Empty for anything but text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function shown(message: string): string {
  const line = message.replace(/\s*[\r\n]+\s*/g, ' ').trim();
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line;
}
