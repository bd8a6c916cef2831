import type { SecretTable, SecretValues } from '@coffer/core';
import { noSuchKey } from '../commands/get.ts';
import { Failure } from '../failure.ts';
import { visible } from '../text.ts';
import type { SecretSpec } from './secret-spec.ts';

/** How the names of a whole store become names of environment variables. */
export interface NameMapping {
  /** Put before every name. */
  readonly prefix: string;
  /** Letters keep their case; by default they become upper case, the prefix too. */
  readonly keepCase: boolean;
}

/** The value that one `--secret` asks for. */
export function pickValue({ store, name, key }: SecretSpec, values: SecretValues): string {
  const keys = Object.keys(values);
  const wanted = key ?? (Object.hasOwn(values, name) || keys.length !== 1 ? name : (keys[0] as string));
  const value = Object.hasOwn(values, wanted) ? values[wanted] : undefined;
  if (value !== undefined) return value;
  if (key !== undefined || keys.length === 0) throw noSuchKey(store, name, wanted, keys);
  throw new Failure('usage', `secret ${visible(name)} of store ${visible(store)} has several keys`, {
    hint: `say which, as in ${visible(store)}/${visible(name)}#${visible(keys[0] as string)}; its keys are: ${keys.map(visible).join(', ')}`,
  });
}

/** Variables for every secret of a store. Fails when two secrets would share a variable. */
export function variablesOf(store: string, secrets: SecretTable<SecretValues>, mapping: NameMapping): Map<string, string> {
  const variables = new Map<string, string>();
  const origins = new Map<string, string>();
  for (const [name, values] of Object.entries(secrets)) {
    for (const [key, value] of Object.entries(values)) {
      const origin = key === name ? name : `${name}#${key}`;
      const variable = variableName(key === name ? name : `${name}_${key}`, mapping);
      const other = origins.get(variable);
      if (other !== undefined) {
        throw new Failure(
          'invalid_argument',
          `${visible(other)} and ${visible(origin)} of store ${visible(store)} both become ${variable}`,
          {
            hint: `choose with --secret ${variable}=${visible(store)}/${visible(origin)} instead of --store`,
          },
        );
      }
      origins.set(variable, origin);
      variables.set(variable, value);
    }
  }
  return variables;
}

/** `db:password` is `DB_PASSWORD`: what a variable's name can't hold becomes `_`, and a digit does not come first. */
export function variableName(name: string, { prefix, keepCase }: NameMapping): string {
  const whole = prefix + name;
  const mapped = (keepCase ? whole : whole.toUpperCase()).replace(/[^A-Za-z0-9_]/g, '_');
  return /^\d/.test(mapped) || mapped === '' ? `_${mapped}` : mapped;
}

/** The operating system ends a variable at a NUL. */
export function checkValue(variable: string, value: string): void {
  if (!value.includes('\0')) return;
  throw new Failure('invalid_argument', `the value for ${variable} holds a NUL character and can't be an environment variable`, {
    hint: 'read it with coffer get',
  });
}
