import type { StoredObject } from './objects.ts';
import { Failure } from './status.ts';

export type Selector = (object: StoredObject) => boolean;

/** `fieldSelector` and `labelSelector` of a query: `=`, `==`, `!=`, `in`, `notin`, `key`, `!key`, joined by commas. */
export function selectorOf(query: URLSearchParams): Selector {
  const fields = (query.get('fieldSelector') ?? '')
    .split(/(?<!\\),/)
    .filter(Boolean)
    .map(fieldRule);
  // Commas between parentheses separate values.
  const labels = (query.get('labelSelector') ?? '')
    .split(/,(?![^(]*\))/)
    .filter(Boolean)
    .map(labelRule);
  return (object) => [...fields, ...labels].every((matches) => matches(object));
}

const FIELDS: Readonly<Record<string, (object: StoredObject) => string | undefined>> = {
  'metadata.name': ({ metadata }) => metadata.name,
  'metadata.namespace': ({ metadata }) => metadata.namespace,
  type: ({ type }) => type ?? 'Opaque',
};

function fieldRule(rule: string): Selector {
  const [, name = '', operator = '', value = ''] = /^([^!=]+)(==|!=|=)(.*)$/.exec(rule) ?? [];
  const wanted = value.replace(/\\(.)/g, '$1');
  const fieldOf = FIELDS[name];
  if (fieldOf === undefined) throw new Failure(400, 'BadRequest', `field label not supported: ${name}`);
  return (object) => (fieldOf(object) === wanted) === (operator !== '!=');
}

function labelRule(rule: string): Selector {
  const text = rule.trim();
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(text);
  if (set) {
    const values = (set[3] as string).split(',').map((value) => value.trim());
    return ({ metadata }) => values.includes(metadata.labels?.[set[1] as string] ?? '') === (set[2] === 'in');
  }
  const pair = /^([\w./-]+)\s*(==|!=|=)\s*([\w.-]*)$/.exec(text);
  if (pair) return ({ metadata }) => (metadata.labels?.[pair[1] as string] === pair[3]) === (pair[2] !== '!=');
  const present = /^(!?)([\w./-]+)$/.exec(text);
  if (present) return ({ metadata }) => (metadata.labels?.[present[2] as string] === undefined) === (present[1] === '!');
  throw new Failure(400, 'BadRequest', `unable to parse requirement: found '${text}', expected: in, notin, =, ==, !=, gt, lt`);
}
