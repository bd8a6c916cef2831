import { isJsonObject, type JsonObject } from '@coffer/http-client';
import { unusable } from './failures.ts';

/** A member that is text; empty when it is absent. */
export function optionalText(fields: JsonObject, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw unusable(`${name} of the credentials is not text`, 'check the credentials document');
  return value;
}

/** A member that has to be there. */
export function text(fields: JsonObject, name: string): string {
  const value = optionalText(fields, name);
  if (value === '') throw unusable(`the credentials have no ${name}`, 'use the document as Google made it');
  return value;
}

/** The object in a JSON text. Fails without quoting it: JSON.parse would. */
export function parseFields(json: string, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw unusable(`${what} is not JSON`, 'it begins with { and ends with }, as Google made it');
  }
  if (isJsonObject(value)) return value;
  throw unusable(`${what} is not a JSON object`, 'use the document as Google made it');
}
