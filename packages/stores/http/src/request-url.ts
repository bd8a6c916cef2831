import { SecretStoreError } from '@coffer/core/driver';
import { escapeSegment } from '@coffer/http-client';
import { guardedValue } from './guarded-value.ts';
import type { Piece, Values } from './placeholder.ts';
import type { UrlTemplate } from './url-template.ts';

/**
 * The address that a template means for a request: always at the template's own place, with as many steps as the template has.
 * Values are never `.` or `..`, so no step becomes one. Fails with `invalid_argument` when a value is missing in the path, or is
 * nothing to put there.
 */
export function requestUrl(template: UrlTemplate, values: Values): URL {
  const segments = template.segments.map((pieces) => pieces.map((piece) => pathText(piece, values)).join(''));
  const path = segments.join('/');
  const query = template.query.flatMap(({ name, value }) => {
    if (value === undefined) return [name];
    const texts = value.map((piece) => queryText(piece, values));
    return texts.includes(undefined) ? [] : [`${name}=${texts.join('')}`];
  });
  return new URL(`${template.origin}/${path}${query.length === 0 ? '' : `?${query.join('&')}`}`);
}

function pathText(piece: Piece, values: Values): string {
  if (typeof piece === 'string') return piece;
  const { variable, keepsSlashes } = piece;
  const value = values(variable) ?? '';
  if (value === '') throw missing(variable);
  const steps = keepsSlashes ? guardedValue(variable, value).split('/') : [guardedValue(variable, value)];
  if (steps.includes('')) throw refused('the name of the secret begins or ends with a slash, or has two of them in a row');
  return steps.map(escapeSegment).join('/');
}

/** Undefined when the whole parameter is to be left out. */
function queryText(piece: Piece, values: Values): string | undefined {
  if (typeof piece === 'string') return piece;
  const value = values(piece.variable) ?? '';
  if (value !== '') return escapeSegment(guardedValue(piece.variable, value));
  if (piece.variable === 'name') throw missing(piece.variable);
  return undefined;
}

function missing(variable: string): SecretStoreError {
  if (variable === 'name') return new SecretStoreError('invalid_argument', 'missing secret name in request');
  const hint = `give it with the request, or set default.${variable}`;
  return new SecretStoreError('invalid_argument', `the request has no metadata ${variable}, which the address needs`, { hint });
}

function refused(detail: string): SecretStoreError {
  return new SecretStoreError('invalid_argument', detail, { hint: 'such a name is not sent to the service' });
}
