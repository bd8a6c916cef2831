import {
  isSecretStoreError,
  type SecretData,
  type SecretStore,
  type SecretStoreError,
  type SecretValues,
} from '@coffer/core/driver';
import { CheckFailure } from './exercise.ts';

/** What a call fails with; a call that succeeds has failed the check. `call` says what was done, for the message. */
export async function failureOf(call: string, promise: Promise<unknown>): Promise<SecretStoreError> {
  try {
    await promise;
  } catch (cause) {
    if (isSecretStoreError(cause)) return cause;
    // What was answered was wrong: that says more.
    if (cause instanceof CheckFailure) throw cause;
    throw new CheckFailure(`${call} failed with ${kindOf(cause)} in place of a SecretStoreError`);
  }
  throw new CheckFailure(`${call} succeeded, where it had to fail`);
}

/** The call fails with one of these codes. */
export async function expectFailure(call: string, promise: Promise<unknown>, ...codes: string[]): Promise<SecretStoreError> {
  const failure = await failureOf(call, promise);
  if (!codes.includes(failure.code)) {
    throw new CheckFailure(`${call} failed with the code ${failure.code} in place of ${codes.join(' or ')}`);
  }
  return failure;
}

/** The answer holds exactly these values. */
export function expectValues(call: string, data: SecretData['data'] | undefined, expected: SecretValues): void {
  if (data === null || data === undefined) throw new CheckFailure(`${call} answered without data`);
  expectTable(call, data);
  const missing = Object.keys(expected).filter((key) => !Object.hasOwn(data, key));
  const extra = Object.keys(data).filter((key) => !Object.hasOwn(expected, key));
  if (missing.length > 0) throw new CheckFailure(`${call} answered without the key ${quoted(missing)}`);
  if (extra.length > 0) throw new CheckFailure(`${call} answered with ${quoted(extra)}, which nobody has put there`);
  const wrong = Object.keys(expected).filter((key) => data[key] !== expected[key]);
  if (wrong.length > 0) throw new CheckFailure(`${call} answered with another value under ${quoted(wrong)} than was put there`);
}

/** A record that has nothing but what was put into it. */
export function expectTable(call: string, table: unknown): asserts table is object {
  if (typeof table !== 'object' || table === null) {
    throw new CheckFailure(`${call} answered with ${table === null ? 'null' : `a ${typeof table}`} in place of a table`);
  }
  if (Object.getPrototypeOf(table) !== null) {
    throw new CheckFailure(`${call} answered with an object that has a prototype: make it with secretTable`);
  }
}

/** An optional method that the driver has declared to have. */
export function declaredMethod<Name extends 'list' | 'getMany' | 'ping' | 'watch'>(
  store: SecretStore,
  name: Name,
): NonNullable<SecretStore[Name]> {
  const method = store[name];
  if (method === undefined) throw new CheckFailure(`the driver declares a feature of which its store has no method: ${name}`);
  return method.bind(store) as NonNullable<SecretStore[Name]>;
}

export function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name));
  return names.length > 3 ? `${shown.join(', ')} and ${names.length - 3} more` : shown.join(', ');
}

/** What was thrown, without its text. */
export function kindOf(cause: unknown): string {
  return cause instanceof Error ? `${/^[aeiou]/i.test(cause.name) ? 'an' : 'a'} ${cause.name}` : `a ${typeof cause}`;
}
