import { type DriverDialect, goJson, jsonMembers, jsonText, type SecretValues, secretTable } from '@coffer/core/driver';

/** The value of one version as the service gives it: text, or bytes. */
export interface SecretContent {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}

export interface ValueOptions {
  /** Key of a single value. */
  readonly key: string;
  /** Whether a JSON object is given as its members. */
  readonly multiple: boolean;
  readonly dialect: DriverDialect['awsSecretsManager'];
}

/** The keys of a secret with their texts. A binary secret is one value, its base64. Undefined when there is no value at all. */
export function valuesOf(
  { SecretString, SecretBinary }: SecretContent,
  { key, multiple, dialect }: ValueOptions,
): SecretValues | undefined {
  if (SecretString === undefined) {
    if (dialect.binarySecrets === 'dropped') return secretTable();
    return SecretBinary && secretTable([[key, Buffer.from(SecretBinary).toString('base64')]]);
  }
  // A lone surrogate is no character of the service's, and would be taken for a byte.
  const text = SecretString.toWellFormed();
  return (multiple ? membersOf(text, dialect.jsonMembers) : undefined) ?? secretTable([[key, text]]);
}

/** Undefined for what is no JSON object. */
function membersOf(text: string, form: DriverDialect['awsSecretsManager']['jsonMembers']): SecretValues | undefined {
  if (form === 'reformatted' && /^[ \t\r\n]*null[ \t\r\n]*$/.test(text)) return secretTable();
  const members = jsonMembers(text);
  if (members === undefined) return undefined;
  if (form === 'source') return secretTable(Array.from(members, ([name, source]) => [name, jsonText(source)]));
  try {
    return secretTable(Array.from(members, ([name, source]) => [name, reformatted(source)]));
  } catch (cause) {
    // A number or a depth that Go does not take.
    if (cause instanceof TypeError || cause instanceof RangeError) return undefined;
    throw cause;
  }
}

/** Read into doubles and maps, and written again. */
function reformatted(source: string): string {
  return source.startsWith('"') ? jsonText(source) : goJson(JSON.parse(source));
}
