import type { Secret } from './secrets.ts';
import { Refusal } from './status.ts';

/** The part of Secret Manager's filter language that the fake knows: `name:x`, `labels.k=v`, `labels.k:v`, `labels.k:*`, joined by AND. */
export function matchesFilter(secret: Secret, filter: string): boolean {
  const terms = filter.split(/\s+AND\s+|\s+/).filter((term) => term !== '');
  return terms.every((term) => {
    const [, field = '', operator = '', value = ''] = /^(name|labels\.[a-z0-9_-]+)([:=])"?([^"]+)"?$/.exec(term) ?? [];
    if (field === '') throw new Refusal('INVALID_ARGUMENT', 'The provided filter is invalid.');
    if (field === 'name') return operator === '=' ? secret.id === value : secret.id.includes(value);
    const label = secret.labels[field.slice('labels.'.length)];
    if (label === undefined) return false;
    if (operator === '=') return label === value;
    return value === '*' || label.includes(value);
  });
}
