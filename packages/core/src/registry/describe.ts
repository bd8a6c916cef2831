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
  const fields = Object.entries(metadata);
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
      properties: Object.fromEntries(fields.map(([name, field]) => [name, schemaOf(field)])),
      required: fields.filter(([, { required }]) => required).map(([name]) => name),
    },
  };
}

const PATTERNS: Partial<Record<MetadataField['type'], string>> = {
  number: '^$|^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$',
  duration: '^$|^[-+]?[0-9]+$|^[-+]?([0-9.]+(ns|us|µs|ms|s|m|h))+$',
  size: '^[-+]?[0-9.]+([eE][-+]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$',
};

function schemaOf({ type, description, default: standard, example, allowed, deprecated, sensitive }: MetadataField): object {
  return {
    type: 'string',
    description,
    ...(allowed === undefined ? {} : { enum: allowed }),
    ...(PATTERNS[type] === undefined ? {} : { pattern: PATTERNS[type] }),
    ...(standard === undefined ? {} : { default: standard }),
    ...(example === undefined ? {} : { examples: [example] }),
    ...(deprecated === undefined ? {} : { deprecated: true }),
    ...(sensitive ? { writeOnly: true } : {}),
  };
}

/** The settings as a Markdown table, for a driver's README. */
export function settingsTable(metadata: MetadataSchema): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const rows = Object.entries(metadata).map(([name, field]) => {
    const notes = [field.sensitive && 'secret', field.deprecated && `deprecated: ${field.deprecated}`].filter(Boolean).join('; ');
    const standard = field.required ? 'required' : field.default === undefined ? '' : `\`${field.default}\``;
    return `| \`${name}\` | ${field.type}${notes && ` (${notes})`} | ${standard} | ${cell(field.description)} |`;
  });
  return ['| Setting | Type | Default | Meaning |', '|---|---|---|---|', ...rows].join('\n');
}
