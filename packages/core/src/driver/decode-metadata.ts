import { parseGoDuration } from './duration.ts';
import type { MetadataField, MetadataOf, MetadataSchema } from './metadata.ts';
import { nearestOf } from './nearest.ts';
import { parseQuantity } from './quantity.ts';
import { Redacted } from './redacted.ts';
import { secretTable } from './secret-table.ts';
import { isTruthy } from './truthy.ts';

/** Something wrong with a component's settings. It quotes no value: any value may be a secret. */
export interface MetadataProblem {
  readonly severity: 'error' | 'warning';
  /** The setting's name, as the component spells it. */
  readonly name: string;
  readonly message: string;
  readonly hint?: string;
  /**
   * A warning about what is hardly meant as it stands and what the reference takes without a word: a name that is nearly a known
   * one, text that is no boolean. It fails the component, but for the strict dialect.
   */
  readonly doubtful?: true;
}

export interface DecodedMetadata<Schema extends MetadataSchema> {
  /** Meaningful only when no problem is an error. */
  readonly metadata: MetadataOf<Schema>;
  readonly problems: readonly MetadataProblem[];
}

const FALSY: ReadonlySet<string> = new Set(['n', 'no', 'false', 'f', 'off', '0', '']);

/**
 * Reads a component's properties the way the reference does: names ignore case, aliases stand in for an absent name,
 * booleans never fail, durations are Go text or whole seconds. What is unknown, deprecated or doubtful is a warning.
 * The properties are not changed.
 */
export function decodeMetadata<Schema extends MetadataSchema>(
  schema: Schema,
  properties: Readonly<Record<string, string>>,
): DecodedMetadata<Schema> {
  const problems: MetadataProblem[] = [];
  const known = spellingsOf(schema);
  const takesRest = Object.values(schema).some(({ type }) => type === 'rest');
  const rest = secretTable<string>();
  const given = new Map<string, { name: string; text: string }>();
  for (const [name, text] of Object.entries(properties)) {
    const lower = name.toLowerCase();
    if (takesRest && !known.has(lower)) {
      rest[name] = text;
      continue;
    }
    if (given.has(lower)) {
      problems.push({
        severity: 'error',
        name,
        message: `failed to resolve aliases: key ${lower} is duplicate in the metadata`,
        hint: 'setting names ignore case: keep one spelling',
      });
    }
    given.set(lower, { name, text });
  }

  const metadata: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema)) {
    if (field.type === 'rest') {
      metadata[name] = field.sensitive ? new Redacted(rest) : rest;
      continue;
    }
    const spellings = [name, ...(field.aliases ?? [])];
    const found = spellings.map((spelling) => given.get(spelling.toLowerCase())).find((entry) => entry !== undefined);
    if (found && field.deprecated !== undefined) {
      problems.push({ severity: 'warning', name: found.name, message: `setting ${name} is deprecated`, hint: field.deprecated });
    }
    const text = found?.text ?? field.default;
    if (field.required && (text === undefined || text === '')) {
      problems.push({
        severity: 'error',
        name,
        message: field.missingMessage ?? `setting ${name} is required`,
        hint: field.description,
      });
    }
    const value = text === undefined ? undefined : decodeValue(name, field, text, problems);
    metadata[name] = field.sensitive && value !== undefined ? new Redacted(value) : value;
  }

  for (const [lower, { name }] of given) {
    if (known.has(lower)) continue;
    const nearest = nearestOf(name, new Set(known.values()));
    problems.push({
      severity: 'warning',
      name,
      message: nearest === undefined ? `setting ${name} is not known and is ignored` : `setting ${name} is not known`,
      ...(nearest === undefined ? {} : { hint: `did you mean ${nearest}?`, doubtful: true }),
    });
  }
  return { metadata: metadata as MetadataOf<Schema>, problems };
}

/** The setting of each name that a property may have, in lower case. */
function spellingsOf(schema: MetadataSchema): Map<string, string> {
  const known = new Map<string, string>();
  for (const [name, { type, aliases = [] }] of Object.entries(schema)) {
    if (type !== 'rest') for (const spelling of [name, ...aliases]) known.set(spelling.toLowerCase(), name);
  }
  return known;
}

function decodeValue(name: string, field: MetadataField, text: string, problems: MetadataProblem[]): unknown {
  const wrong = (expected: string): undefined => {
    problems.push({ severity: 'error', name, message: `setting ${name} is not ${expected}`, hint: field.description });
    return undefined;
  };
  if (field.allowed && !field.allowed.includes(text)) return wrong(`one of ${field.allowed.join(', ')}`);
  switch (field.type) {
    case 'string':
      return text;
    case 'boolean': {
      if (!isTruthy(text) && !FALSY.has(text.trim().toLowerCase())) {
        problems.push({
          severity: 'warning',
          name,
          message: `setting ${name} is not a boolean`,
          hint: 'use true or false; Dapr takes it for false',
          doubtful: true,
        });
      }
      return isTruthy(text);
    }
    case 'number': {
      const value = text === '' ? 0 : Number(text);
      return Number.isFinite(value) && text === text.trim() ? value : wrong('a number');
    }
    case 'duration': {
      if (text === '') return 0;
      const value = parseGoDuration(text) ?? (/^[+-]?\d+$/.test(text) ? Number(text) * 1000 : undefined);
      return value ?? wrong('a duration such as 1h30m, 500ms, or whole seconds');
    }
    case 'list':
      return text.split(',');
    case 'size':
      return parseQuantity(text) ?? wrong('a size such as 100, 1Ki or 4Mi');
    case 'rest':
      throw new TypeError('a setting of type rest has no text of its own');
  }
}
