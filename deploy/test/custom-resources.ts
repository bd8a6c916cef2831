import { readdirSync, readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import { documentsOf, type Manifest } from './manifests.ts';

/** A node of an OpenAPI v3 schema, as far as definitions of kinds use it. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}
export interface Definition extends Manifest {
  readonly spec: {
    readonly group: string;
    readonly names: Readonly<Record<string, unknown>> & { readonly kind: string; readonly plural: string };
    readonly scope: string;
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

const folder = new URL('../crds/', import.meta.url);

export const definitions: readonly Definition[] = readdirSync(folder)
  .sort()
  .flatMap((file) => documentsOf(readFileSync(new URL(file, folder), 'utf8')) as Definition[]);

export function schemaOf({ spec: { versions } }: Definition): Schema {
  const [version, ...others] = versions;
  if (version === undefined || others.length > 0) throw new Error('one version expected');
  return version.schema.openAPIV3Schema;
}

const FREE = 'x-kubernetes-preserve-unknown-fields';
const KEYWORDS = new Set(['description', 'type', 'properties', 'items', 'additionalProperties', 'required', 'pattern', FREE]);

/**
 * What keeps a schema from being structural, which the API server asks of every definition: each node has a type (unless it
 * is free), lists say what is in them, properties and a map do not go together, and there are no keywords but the few used
 * here, which are all allowed.
 */
export function structuralProblems(schema: Schema, path = ''): string[] {
  const where = path || '(root)';
  const { type, properties, items, additionalProperties, required = [] } = schema;
  const problems = Object.keys(schema)
    .filter((keyword) => !KEYWORDS.has(keyword))
    .map((keyword) => `${where}: ${keyword} is not used here`);
  const say = (when: boolean, what: string) => when && problems.push(`${where}: ${what}`);
  say(type === undefined && schema[FREE] !== true, 'has no type');
  say(path === '' && type !== 'object', 'must be an object');
  say(properties !== undefined && additionalProperties !== undefined, 'has properties and is a map');
  say((properties ?? additionalProperties) !== undefined && type !== 'object', 'has members and is no object');
  say((items !== undefined) !== (type === 'array'), 'items belong to a list, and a list has items');
  say(type === 'object' && !properties && !additionalProperties && !schema[FREE] && path !== '.metadata', 'nothing may be in it');
  say(
    required.some((member) => properties?.[member] === undefined),
    'requires what it does not have',
  );
  for (const [member, inner] of Object.entries(properties ?? {}))
    problems.push(...structuralProblems(inner, `${path}.${member}`));
  if (items) problems.push(...structuralProblems(items, `${path}[]`));
  if (additionalProperties) problems.push(...structuralProblems(additionalProperties, `${path}.*`));
  return problems;
}

const validators = new Map(
  definitions.map((definition) => {
    const { group, names, versions } = definition.spec;
    const ajv = new Ajv({ allErrors: true, formats: { int32: true, int64: true } }).addKeyword(FREE);
    return [`${group}/${versions[0]?.name} ${names.kind}`, ajv.compile(closed(schemaOf(definition)))];
  }),
);

/** What the API server would say of an object of one of the kinds; empty when nothing, undefined for other kinds. */
export function customResourceProblems({ apiVersion, kind, ...object }: Manifest): string[] | undefined {
  const validate = validators.get(`${apiVersion} ${kind}`);
  if (validate === undefined) return undefined;
  validate({ apiVersion, kind, ...object });
  return (validate.errors ?? []).map(textOf);
}

function textOf({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath} ${message} ${JSON.stringify(params)}`;
}

/** As a JSON Schema: the API server drops or refuses members that are not known, but where the schema is free. */
function closed(schema: Schema): object {
  const { properties, items, additionalProperties } = schema;
  const inner = Object.entries(properties ?? {}).map(([name, value]) => [name, closed(value)]);
  return {
    ...schema,
    ...(items && { items: closed(items) }),
    ...(additionalProperties && { additionalProperties: closed(additionalProperties) }),
    ...(properties && { properties: Object.fromEntries(inner), additionalProperties: schema[FREE] === true }),
  };
}
