import type { Answer } from '../fake-service.ts';
import { AwsFailure } from './failure.ts';
import type { Identity } from './identities.ts';

export type Input = Readonly<Record<string, unknown>>;

/** A service that speaks AWS JSON 1.1. */
export interface JsonService {
  /** What stands before the dot in `X-Amz-Target`. */
  readonly target: string;
  /** The name that signatures are scoped to. */
  readonly service: string;
  /** Does one operation; an unknown one answers undefined. Fails with `AwsFailure`. */
  call(operation: string, input: Input, caller: Identity): object | undefined;
}

const CONTENT_TYPE = 'application/x-amz-json-1.1';

export function inputOf(body: Buffer): Input {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Input;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new AwsFailure('SerializationException', 'could not parse the request as JSON');
}

export function resultAnswer(value: object, id: string): Answer {
  return { status: 200, headers: { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': id }, body: JSON.stringify(value) };
}

/** Services differ in whether the text is `message` or `Message`; these two say `Message` for their own errors. */
export function failureAnswer({ code, message, status }: AwsFailure, id: string): Answer {
  const own =
    !/^(AccessDenied|UnrecognizedClient|ExpiredToken|InvalidSignature|MissingAuthentication|IncompleteSignature|Throttling)/.test(
      code,
    );
  const body = own ? { __type: code, Message: message } : { __type: code, message };
  return { status, headers: { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': id }, body: JSON.stringify(body) };
}

/** A member of the input as text; empty when absent. */
export function textOf(input: Input, name: string): string {
  const value = input[name] ?? '';
  if (typeof value === 'string') return value;
  throw new AwsFailure('SerializationException', `${name} is not a string`);
}
export function listOf(input: Input, name: string): readonly unknown[] | undefined {
  const value = input[name] ?? undefined;
  if (value === undefined || Array.isArray(value)) return value;
  throw new AwsFailure('SerializationException', `${name} is not a list`);
}
