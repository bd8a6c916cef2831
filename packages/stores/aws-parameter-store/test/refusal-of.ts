import type { SecretValues } from '@coffer/core/driver';

/** Bytes, of a parameter of the tier Advanced. */
const LARGEST = 8192;

/** Why AWS can't hold this parameter; undefined when it can. */
export function refusalOf(name: string, values: SecretValues): string | undefined {
  if (!/^[A-Za-z0-9/_.-]{1,1011}$/.test(name)) return 'a name has ASCII letters, digits and /_.-, at most 1,011';
  if (/^\/?(aws|ssm)/i.test(name)) return 'names that begin with aws or ssm are reserved';
  const { length } = Buffer.from(values[name] ?? '');
  return length < 1 || length > LARGEST ? 'a value has 1 to 8,192 bytes' : undefined;
}
