import { type Piece, piecesOf, TemplateError, variablesOf } from './placeholder.ts';

/** An address with placeholders in its path and in the values of its query, and nowhere else. */
export interface UrlTemplate {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly hostname: string;
  /** What stands between the slashes of the path; the first is after the first slash. */
  readonly segments: readonly (readonly Piece[])[];
  /** Names as written, escaped. */
  readonly query: readonly { readonly name: string; readonly value: readonly Piece[] | undefined }[];
  readonly variables: ReadonlySet<string>;
}

const EXAMPLE = 'such as https://vault.example.com/v1/secrets/{name}';
const ADDRESS = /^(https?:\/\/[^/?#\\]+)(\/[^?#]*)?(?:\?([^#]*))?$/i;

/** Reads the text of a setting. Fails with `TemplateError`. */
export function urlTemplateOf(text: string): UrlTemplate {
  const [, start = '', path = '/', search] = ADDRESS.exec(text) ?? [];
  if (text.includes('#')) throw new TemplateError('has a fragment, which is never sent', 'write %23 for a number sign');
  if (/[\s\\\p{Cc}]/u.test(text)) throw new TemplateError('has white space, a backslash or a control character', EXAMPLE);
  if (/[{}]/.test(start))
    throw new TemplateError('has a placeholder in its host', 'placeholders stand in the path or in the query');
  if (start === '' || !URL.canParse(start)) throw new TemplateError('is not an http or https address', EXAMPLE);
  const { origin, hostname, username, password } = new URL(start);
  if (username !== '' || password !== '' || start.includes('@')) {
    throw new TemplateError('holds a user or a password', 'use the settings username and password');
  }
  const segments = path.slice(1).split('/').map(piecesOf);
  if (path.split('/').some(isDotSegment)) throw new TemplateError('has a part that is . or ..', 'write the path without');
  const query = queryOf(search);
  const variables = new Set([...segments, ...query.map(({ value = [] }) => value)].flatMap(variablesOf));
  return { origin, hostname, segments, query, variables };
}

/** Whether a segment of a path is `.` or `..` to those who read addresses. */
function isDotSegment(segment: string): boolean {
  return /^(?:\.|%2e){1,2}$/i.test(segment);
}

function queryOf(search: string | undefined): UrlTemplate['query'] {
  if (search === undefined || search === '') return [];
  return search.split('&').map((pair) => {
    const at = pair.indexOf('=');
    const name = at < 0 ? pair : pair.slice(0, at);
    if (/[{}]/.test(name))
      throw new TemplateError('has a placeholder that is no value in its query', 'write ?version={version_id}');
    return { name, value: at < 0 ? undefined : piecesOf(pair.slice(at + 1)) };
  });
}
