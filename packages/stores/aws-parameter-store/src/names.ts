import { type RequestMetadata, SecretStoreError } from '@coffer/core/driver';

/** A parameter as the service returns it. */
export interface Parameter {
  readonly Name?: string | undefined;
  readonly Value?: string | undefined;
  readonly Version?: number | undefined;
  /** The version or label that was asked for, with its colon. */
  readonly Selector?: string | undefined;
  readonly ARN?: string | undefined;
}

/** A version, or a label: at most 100 letters, digits, dots, hyphens and underscores. */
const VERSION = /^[A-Za-z0-9_.-]{1,100}$/;

/**
 * What the service is asked for: `<prefix><name>`, with `:<version_id>` when the request has one; an empty one is none. What is no text
 * becomes text that no parameter is called: it would break the JSON of a request.
 */
export function requestedName(
  prefix: string,
  name: string,
  { version_id: version }: RequestMetadata,
  invalidVersions: 'refused' | 'sent',
): string {
  const whole = `${prefix}${name}`.toWellFormed();
  if (version === undefined || (version === '' && invalidVersions === 'refused')) return whole;
  if (invalidVersions === 'refused' && !VERSION.test(version)) {
    const hint = 'a version is a number; a label has at most 100 letters, digits, dots, hyphens and underscores';
    throw new SecretStoreError('invalid_argument', "couldn't get secret: version_id is neither a version nor a label", { hint });
  }
  return `${whole}:${version.toWellFormed()}`;
}

/** Without the prefix, of which as many bytes are cut as it has, whether the name starts with it or not. */
export function cutName(prefix: string, name: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : Buffer.from(name).subarray(Buffer.byteLength(prefix)).toString();
}

/**
 * The path that holds exactly the parameters whose names start with the prefix; undefined when there is none: names that
 * start with `/app` include `/apple`, which is not under the path `/app`.
 */
export function pathOf(prefix: string): string | undefined {
  if (!prefix.startsWith('/') || !prefix.endsWith('/')) return undefined;
  return prefix === '/' ? '/' : prefix.slice(0, -1);
}

/**
 * The parameters of an answer by every name that asks for them: name or ARN, with its version or label. What two different
 * ones answer is left out: some emulators do not repeat the selector.
 */
export function byRequestedName(answered: readonly Parameter[]): ReadonlyMap<string, Parameter> {
  const parameters = new Map<string, Parameter>();
  const ambiguous = new Set<string>();
  for (const parameter of answered) {
    for (const base of [parameter.Name, parameter.ARN]) {
      if (!base) continue;
      const name = `${base}${parameter.Selector ?? ''}`;
      const other = parameters.get(name);
      if (other !== undefined && other.Version !== parameter.Version) ambiguous.add(name);
      parameters.set(name, parameter);
    }
  }
  for (const name of ambiguous) parameters.delete(name);
  return parameters;
}
