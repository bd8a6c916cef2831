import { Failure } from '../failure.ts';

/** What `--secret VARIABLE=store/name#key` asks for. */
export interface SecretSpec {
  readonly variable: string;
  readonly store: string;
  readonly name: string;
  /** Undefined: the secret's only value, or the key that has the secret's own name. */
  readonly key: string | undefined;
}

const HINT = 'for example --secret DB_PASSWORD=vault/mysecret#password';

/** The store ends at the first `/`, the key starts after the last `#`; the name between them may hold both. */
export function parseSecretSpec(text: string): SecretSpec {
  const [, variable, store, rest] = /^([^=]*)=([^/]*)\/(.*)$/s.exec(text) ?? [];
  if (variable === undefined || store === undefined || rest === undefined) {
    throw new Failure('usage', '--secret takes VARIABLE=store/name#key', { hint: HINT });
  }
  checkVariable(variable);
  const at = rest.lastIndexOf('#');
  const name = at < 0 ? rest : rest.slice(0, at);
  const key = at < 0 ? '' : rest.slice(at + 1);
  if (store === '' || name === '') throw new Failure('usage', `--secret ${variable} names no store or no secret`, { hint: HINT });
  return { variable, store, name, key: key === '' ? undefined : key };
}

/** An environment variable has to have a name that shells and programs can use. */
function checkVariable(variable: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) return;
  throw new Failure('usage', `${JSON.stringify(variable)} is no name for an environment variable`, {
    hint: 'use letters, digits and _, and no digit first',
  });
}
