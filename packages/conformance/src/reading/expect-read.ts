import { isSecretStoreError, type SecretData, type SecretStore, type SecretValues } from '@coffer/core/driver';
import type { CheckContext } from '../check-context.ts';
import { CheckFailure } from '../exercise.ts';
import { expectValues, kindOf, quoted } from '../expect.ts';
import { NO_METADATA } from './read-all.ts';

export interface ExpectedRead {
  readonly name: string;
  readonly values: SecretValues;
}

/** The secret reads as it was put. `call` says what was done, by default which secret was read. */
export async function expectRead(
  { signal }: Pick<CheckContext, 'signal'>,
  store: SecretStore,
  { name, values }: ExpectedRead,
  {
    call = `get of ${quoted([name])}`,
    metadata = NO_METADATA,
  }: { call?: string; metadata?: Readonly<Record<string, string>> } = {},
): Promise<SecretData> {
  try {
    const secret = await store.get({ name, metadata }, { signal });
    expectValues(call, secret.data, values);
    return secret;
  } catch (cause) {
    if (isSecretStoreError(cause)) throw new CheckFailure(`${call} failed: ${cause.message}`);
    if (cause instanceof CheckFailure) throw cause;
    throw new CheckFailure(`${call} failed with ${kindOf(cause)} in place of a SecretStoreError`);
  }
}
