import type { Answer } from '../fake-service.ts';
import { answer, type Fault } from '../faults.ts';

/** What a handler throws to answer with a failure of the service. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(status: number, errorCode: string, errorMessage: string) {
    super(errorMessage);
    this.answer = { status, headers: REQUEST_ID, body: { error_code: errorCode, error_msg: errorMessage } };
  }
}

/** Every answer has one. */
export const REQUEST_ID: Readonly<Record<string, string>> = { 'x-request-id': 'hw-request-id-1' };

/** Refusals of the gateway before the services. */
export function gatewayRefusal(status: number, errorCode: string, errorMessage: string): Answer {
  return { status, headers: REQUEST_ID, body: { error_msg: errorMessage, error_code: errorCode, request_id: 'hw-request-id-1' } };
}

/** A burst over the limit, as a fault; `retryAfter` in seconds, which the gateway need not send. */
export function throttled(retryAfter?: number): Fault {
  const { headers, body } = gatewayRefusal(429, 'APIGW.0308', 'The throttling threshold has been reached');
  return answer(429, { ...headers, ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }) }, body as object);
}
