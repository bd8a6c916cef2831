export type { TlsSettings } from './agents.ts';
export { Backoff } from './backoff.ts';
export { readBody } from './body.ts';
export { type Deadline, startDeadline } from './deadline.ts';
export { escapeSegment } from './escape-segment.ts';
export { HttpFailure, type HttpFailureReason } from './failure.ts';
export { FollowedTls, type FollowedTlsOptions } from './followed-tls.ts';
export {
  failureOf,
  type HttpAnswer,
  HttpClient,
  type HttpClientOptions,
  type HttpRequest,
  type RequestOptions,
} from './http-client.ts';
export { isJsonObject, type JsonObject, jsonObjectOf } from './json-object.ts';
export { parseProxy, proxyFor } from './proxy.ts';
export { type Ending, Renewed, type RenewedOptions, type ValueSource } from './renewed.ts';
export { retryAfterOf } from './retry-after.ts';
export { untilAborted } from './until-aborted.ts';
