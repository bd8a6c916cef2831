import { type SecretData, type SecretStoreError, SecretStoreError as StoreError, secretTable } from '@coffer/core/driver';
import { isJsonObject, type JsonObject } from '@coffer/http-client';
import { textOf } from './text-of.ts';

/** An encrypted parameter as the service gives it. */
export interface Parameter {
  /** Undefined when the service left it out. */
  readonly name: string | undefined;
  /** Undefined when it was not decrypted. */
  readonly value: string | undefined;
  readonly version: string | undefined;
}

/** The parameters of an answer; what is none is left out. */
export function parametersOf({ Parameters: list }: JsonObject): readonly Parameter[] {
  return Array.isArray(list) ? list.filter(isJsonObject).map(parameterOf) : [];
}

export function parameterOf({ Name, Value, ParameterVersion }: JsonObject): Parameter {
  return { name: textOf(Name), value: textOf(Value), version: textOf(ParameterVersion) };
}

/** One value under a key. Fails where there is none: an empty secret would be a wrong one. */
export function dataOf(key: string, { value, version }: Parameter): SecretData {
  if (value === undefined) throw withoutValue(key);
  return { data: secretTable([[key, value]]), ...(version === undefined ? {} : { version }) };
}

export function withoutValue(name: string): SecretStoreError {
  const hint = 'the value was not decrypted: grant kms:GetSecretValue, and kms:Decrypt for the key';
  return new StoreError('failed_precondition', `parameter ${name} came without a value`, { secret: name, hint });
}
