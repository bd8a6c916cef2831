import type { JsonObject } from '@coffer/http-client';

/** A member that is text; empty when it is anything else. */
export function textOf(fields: JsonObject, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === 'string' ? value : '';
}
