import { SecretStoreError } from '@coffer/core/driver';

/**
 * A secret's name, or request metadata, as it goes into an address or a body. It is escaped there; what services, and proxies
 * before them, are known to read as something else all the same is refused with `invalid_argument`.
 */
export function guardedValue(variable: string, value: string): string {
  const what = variable === 'name' ? 'the name of the secret' : `the metadata ${variable}`;
  const refuse = (trouble: string): never => {
    throw new SecretStoreError('invalid_argument', `${what} ${trouble}`, { hint: 'such a text is not sent to the service' });
  };
  if (/\p{Cc}/u.test(value)) refuse('has a control character');
  // A byte that is not UTF-8 is a lone surrogate, and is sent as that byte.
  if (/(?![\udc80-\udcff])\p{Surrogate}/u.test(value)) refuse('is not Unicode');
  if (decodings(value).some(hasDotSegment)) refuse('has . or .. between slashes');
  return value;
}

function hasDotSegment(text: string): boolean {
  return text.split(/[/\\]/).some((segment) => segment === '.' || segment === '..');
}

/** The text, and what it is to those who decode it once more than they should. */
function decodings(text: string): readonly string[] {
  const all = [text];
  for (let next = decoded(text); next !== all.at(-1) && all.length < MOST_DECODINGS; next = decoded(next)) all.push(next);
  return all;
}

/** Only the characters that matter here: others may be no UTF-8. */
function decoded(text: string): string {
  return text.replace(/%(25|2e|2f|5c)/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

const MOST_DECODINGS = 4;
