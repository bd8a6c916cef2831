import type { Redacted } from './redacted.ts';

/** How a setting's text is read; `decodeMetadata` has the rules. */
export interface MetadataTypes {
  string: string;
  boolean: boolean;
  /** Integer or decimal number. */
  number: number;
  /** Go duration text (`1h30m`) or whole seconds (`17`); arrives as milliseconds. */
  duration: number;
  /** Split on commas, nothing trimmed. */
  list: readonly string[];
  /** Kubernetes quantity (`4Mi`); arrives as bytes. */
  size: number;
  /**
   * Every property that no other setting takes, as given, by name as given. At most one field of a schema has it, and the
   * field's own name is no property's.
   */
  rest: Readonly<Record<string, string>>;
}

export interface MetadataField {
  readonly type: keyof MetadataTypes;
  readonly description: string;
  /** A required setting must be present and not empty. */
  readonly required?: boolean;
  /** What a missing required setting is answered with; by default `setting <name> is required`. */
  readonly missingMessage?: string;
  /** The value arrives wrapped in `Redacted` and is masked wherever settings are shown. */
  readonly sensitive?: boolean;
  /** As a component file would spell it. */
  readonly default?: string;
  readonly example?: string;
  /** The only values accepted, compared exactly. */
  readonly allowed?: readonly string[];
  /** Older names of the setting; the setting's own name wins over them, then the first alias that is present. */
  readonly aliases?: readonly string[];
  /** Why, and what to use instead. */
  readonly deprecated?: string;
}

/** Settings by name, declared once `as const`: everything else about them is derived. */
export type MetadataSchema = Readonly<Record<string, MetadataField>>;

type Plain<Field extends MetadataField> = Field extends { readonly allowed: readonly (infer Value)[] }
  ? Value
  : MetadataTypes[Field['type']];
type Wrapped<Field extends MetadataField> = Field extends { readonly sensitive: true } ? Redacted<Plain<Field>> : Plain<Field>;
type Present<Field extends MetadataField> = Field extends
  | { readonly required: true }
  | { readonly default: string }
  | { readonly type: 'rest' }
  ? Wrapped<Field>
  : Wrapped<Field> | undefined;

/** The decoded settings of a schema: `{ prefix: string, timeout: number | undefined, token: Redacted<string> }`. */
export type MetadataOf<Schema extends MetadataSchema> = { readonly [Name in keyof Schema]: Present<Schema[Name]> };
