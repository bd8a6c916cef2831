import type { SecretTable } from './contract.ts';

/** A record without a prototype, filled from name-value pairs; later pairs win. */
export function secretTable<Value>(entries: Iterable<readonly [string, Value]> = []): SecretTable<Value> {
  const table: SecretTable<Value> = Object.create(null);
  for (const [name, value] of entries) table[name] = value;
  return table;
}
