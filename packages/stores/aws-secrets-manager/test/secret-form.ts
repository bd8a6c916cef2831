import type { SecretValues } from '@coffer/core/driver';

/** Bytes. */
const LARGEST = 65_536;

/** The text of a secret with these values: a single one as it is, unless it would be taken for several. */
export function textOf(name: string, values: SecretValues): string {
  const value = values[name];
  const isPlain = value !== undefined && Object.keys(values).length === 1 && !/^\s*\{/.test(value);
  return isPlain ? value : JSON.stringify(values);
}

/** Why AWS can't hold this secret; undefined when it can. */
export function refusalOf(name: string, values: SecretValues): string | undefined {
  if (!/^[A-Za-z0-9/_+=.@!-]{1,512}$/.test(name)) return 'a name has 1 to 512 ASCII letters, digits and /_+=.@!-';
  const { length } = Buffer.from(textOf(name, values));
  return length < 1 || length > LARGEST ? 'a value has 1 to 65,536 bytes' : undefined;
}
