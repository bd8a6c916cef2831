import { FileFault, sameName } from '../file-fault.ts';
import { booleanPlain, NULL, numberPlain } from './scalar.ts';
import { DEEPEST, type SopsMap, type SopsNode } from './tree.ts';

/** The tokens of a text that is known to be JSON. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]|[^\s{}[\],:"]+/gs;

type Open = { readonly map: Map<string, SopsNode>; name: string | undefined } | { readonly list: SopsNode[] };

/**
 * The object of a JSON file. JSON.parse itself would put keys that look like numbers first and let the last of two equal ones
 * win: the order counts, and two values of one name are a mistake. Fails with `FileFault`.
 */
export function parseJson(text: string): SopsMap {
  requireJson(text);
  const top: SopsNode[] = [];
  const open: Open[] = [{ list: top }];
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '}' || token === ']') open.pop();
    else {
      const parent = open.at(-1) as Open;
      if ('map' in parent && parent.name === undefined) parent.name = JSON.parse(token).toWellFormed() as string;
      else if (token === '{' || token === '[') {
        const map = new Map<string, SopsNode>();
        const list: SopsNode[] = [];
        place(parent, token === '{' ? map : list);
        open.push(token === '{' ? { map, name: undefined } : { list });
        if (open.length > DEEPEST) throw new FileFault('it is nested too deep', `at most ${DEEPEST} levels are read`);
      } else place(parent, scalarOf(token));
    }
  }
  const [root] = top;
  if (root instanceof Map) return root;
  throw new FileFault('it holds no JSON object', 'sops writes objects only; set `format` if it is no JSON file');
}

function place(parent: Open, node: SopsNode): void {
  if ('list' in parent) {
    parent.list.push(node);
    return;
  }
  const name = parent.name as string;
  if (parent.map.has(name)) throw sameName(name);
  parent.map.set(name, node);
  parent.name = undefined;
}

function scalarOf(token: string): SopsNode {
  if (token.startsWith('"')) return (JSON.parse(token) as string).toWellFormed();
  if (token === 'null') return NULL;
  return numberPlain(token) ?? booleanPlain(token === 'true');
}

/** The message of JSON.parse quotes the text, which may be a file that was never encrypted: only the place is told. */
function requireJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const [, position] = /at position (\d+)/.exec(cause.message) ?? [];
    const before = text.slice(0, position === undefined ? undefined : Number(position)).split('\n');
    throw new FileFault(
      `it is not valid JSON (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`,
      'restore the file from the repository, or set `format` if it is no JSON file',
    );
  }
}
