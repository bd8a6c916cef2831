import type { MetadataField, MetadataSchema, StoreDefinition } from '../driver/index.ts';

/** The JSON form of a definition: what `component.json` of a driver package holds. */
export interface StoreDescription {
  readonly contract: number;
  readonly type: string;
  readonly version: string;
  readonly title: string;
  readonly status: string;
  readonly features: readonly string[];
  readonly requestMetadata: StoreDefinition['requestMetadata'];
  readonly metadata: MetadataSchema;
  /** JSON Schema of the settings as text by name, as a component gives them. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** A definition as data. */
export function describeDefinition(definition: StoreDefinition): StoreDescription {
  const { contract, type, version, title, status, features, requestMetadata, metadata } = definition;
  const fields = Object.entries(metadata).filter(([, { type }]) => type !== 'rest');
  const rest = Object.values(metadata).find(({ type }) => type === 'rest');
  // A required setting that has aliases may come under any of its names.
  const anyOf = fields.flatMap(([name, { required, aliases }]) =>
    required && aliases ? [{ anyOf: [name, ...aliases].map((spelling) => ({ required: [spelling] })) }] : [],
  );
  return {
    contract,
    type,
    version,
    title,
    status,
    features,
    requestMetadata,
    metadata,
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: `Settings of ${type}/${version}`,
      type: 'object',
      properties: Object.fromEntries(
        fields.flatMap(([name, field]) => [name, ...(field.aliases ?? [])].map((spelling) => [spelling, schemaOf(field)])),
      ),
      required: fields.filter(([, { required, aliases }]) => required && !aliases).map(([name]) => name),
      ...(anyOf.length === 0 ? {} : { allOf: anyOf }),
      ...(rest === undefined ? {} : { additionalProperties: schemaOf(rest) }),
    },
  };
}

/** What `decodeMetadata` reads without an error. */
const PATTERNS: Partial<Record<MetadataField['type'], string>> = {
  number: '^([-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)?$',
  duration: '^([-+]?[0-9]+|[-+]?(([0-9]+[.]?[0-9]*|[.][0-9]+)(ns|us|µs|μs|ms|s|m|h))+)?$',
  size: '^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$',
};

function schemaOf({
  type,
  description,
  required,
  default: standard,
  example,
  allowed,
  deprecated,
  sensitive,
}: MetadataField): object {
  return {
    type: 'string',
    description,
    ...(allowed === undefined ? {} : { enum: allowed }),
    ...(PATTERNS[type] === undefined ? {} : { pattern: PATTERNS[type] }),
    ...(required ? { minLength: 1 } : {}),
    ...(standard === undefined ? {} : { default: standard }),
    ...(example === undefined ? {} : { examples: [example] }),
    ...(deprecated === undefined ? {} : { deprecated: true }),
    ...(sensitive ? { writeOnly: true } : {}),
  };
}

/** The settings as a Markdown table, for a driver's README. */
export function settingsTable(metadata: MetadataSchema): string {
  const rows = Object.entries(metadata).map(([name, field]) => {
    const notes = [field.sensitive && 'secret', field.deprecated !== undefined && `deprecated: ${field.deprecated}`].filter(
      Boolean,
    );
    const type = (field.type === 'rest' ? 'string' : field.type) + (notes.length > 0 ? ` (${notes.join('; ')})` : '');
    const standard = field.required ? 'required' : field.default ? `\`${field.default}\`` : '';
    const meaning = [
      field.description,
      field.allowed && `One of ${field.allowed.map((value) => `\`${value}\``).join(', ')}.`,
      field.aliases && `Also called ${field.aliases.map((alias) => `\`${alias}\``).join(', ')}.`,
    ];
    const cells = [field.type === 'rest' ? 'any other' : `\`${name}\``, type, standard, meaning.filter(Boolean).join(' ')];
    return `| ${cells.map((text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  });
  return ['| Setting | Type | Default | Meaning |', '|---|---|---|---|', ...rows].join('\n');
}
