import { readFileSync } from 'node:fs';
import type { SeenRequest } from '../fake-service.ts';

/** One case: a component, a client's request, what the reference then asked of the vendor, and what it answered its client. */
export interface RecordedCase {
  /** `vendor/what-it-is-about`. */
  readonly case: string;
  /** The component's YAML. */
  readonly component: string;
  /** Environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  /** `null` where only the start was recorded. */
  readonly clientRequest: { readonly method: string; readonly path: string } | null;
  /** Calls that the component's init made. */
  readonly initUpstream?: readonly RecordedExchange[];
  /** Calls that the client's request led to, in order. */
  readonly upstream: readonly RecordedExchange[];
  readonly clientResponse: RecordedAnswer | null;
  /** A failure's message must only begin like this; the rest is the vendor's SDK speaking. */
  readonly stableMessagePrefix?: string;
  /** How the start ended, where that is what the case is about. */
  readonly init?: { readonly started: boolean; readonly exitCode: number | null; readonly log: string | null };
  readonly note?: string;
}

export interface RecordedExchange {
  readonly request: RecordedRequest;
  readonly response: RecordedUpstream;
  readonly signatureVerified?: boolean;
  /** What the request's signature is made of, for test vectors. */
  readonly signature?: {
    readonly algorithm: string;
    readonly canonicalRequest: string;
    readonly stringToSign: string;
    readonly signature: string;
  };
}

export interface RecordedRequest {
  readonly host: string;
  readonly method: string;
  /** As sent, escaped. */
  readonly path: string;
  /** As sent, without its question mark. */
  readonly query: string;
  /** Names as sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** What the vendor answered; `drop`: nothing, the connection ended. */
export type RecordedUpstream =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
  | { readonly drop: true };

/** What the client got; without a status the reference had crashed and closed the connection. */
export interface RecordedAnswer {
  readonly status: number | null;
  readonly body: string | null;
  readonly connectionClosed?: true;
  readonly why?: string;
}

export function readRecordedCases(file: URL): readonly RecordedCase[] {
  return JSON.parse(readFileSync(file, 'utf8')) as RecordedCase[];
}

/** Every call of a case, those of its init first. */
export function exchangesOf({ initUpstream = [], upstream }: RecordedCase): readonly RecordedExchange[] {
  return [...initUpstream, ...upstream];
}

/** A recorded request as a fake service would have seen it. */
export function seenRequestOf({ method, path, query, headers, body }: RecordedRequest): SeenRequest {
  const search = query === '' ? '' : `?${query}`;
  return {
    method,
    path,
    search,
    query: new URLSearchParams(search),
    headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(body),
    clientName: undefined,
  };
}

/** The value of a recorded header, whatever the case of its name; empty when absent. */
export function recordedHeader({ headers }: RecordedRequest, name: string): string {
  return headers.find(([given]) => given.toLowerCase() === name.toLowerCase())?.[1] ?? '';
}
