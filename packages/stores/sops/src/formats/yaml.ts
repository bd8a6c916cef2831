import { isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseAllDocuments, type Scalar } from 'yaml';
import { FileFault, sameName } from '../file-fault.ts';
import { booleanPlain, decimalText, NULL, numberPlain } from './scalar.ts';
import { DEEPEST, type SopsMap, type SopsNode } from './tree.ts';

const HINT = 'restore the file from the repository, or set `format` if it is no YAML file';

/**
 * The documents of a YAML file. The parser resolves nothing, so that the order, the names and the texts are those of the file.
 * Fails with `FileFault`.
 */
export function parseYaml(text: string): SopsMap[] {
  const lineCounter = new LineCounter();
  const documents = parseDocuments(text, lineCounter);
  return documents.map(({ contents, errors: [error] }) => {
    if (error) {
      // The parser's own words can quote the text.
      const { line, col } = lineCounter.linePos(error.pos[0]);
      throw new FileFault(`it is not valid YAML (line ${line}, column ${col})`, HINT);
    }
    const root = contents === null || isEmpty(contents) ? new Map<string, SopsNode>() : nodeOf(contents, 1);
    if (root instanceof Map) return root;
    throw new FileFault('a document of it is no YAML mapping', HINT);
  });
}

function parseDocuments(text: string, lineCounter: LineCounter) {
  try {
    // The parser's own check of equal names compares each with each.
    const options = { schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' } as const;
    const documents = parseAllDocuments(text, { ...options, lineCounter });
    return Array.isArray(documents) ? documents : [];
  } catch (cause) {
    // The parser calls itself for each level.
    if (cause instanceof RangeError) throw tooDeep();
    throw cause;
  }
}

const tooDeep = (): FileFault => new FileFault('it is nested too deep', `at most ${DEEPEST} levels are read`);

function isEmpty(node: ParsedNode): boolean {
  return isScalar(node) && node.type === 'PLAIN' && node.source === '';
}

function nodeOf(node: ParsedNode | null, depth: number): SopsNode {
  if (depth > DEEPEST) throw tooDeep();
  if (node === null) return NULL;
  if (isAlias(node))
    throw new FileFault('it has an alias (*name), which sops never writes', 'let sops write the file: `sops edit`');
  if (isMap(node)) {
    const map = new Map<string, SopsNode>();
    for (const { key, value } of node.items) {
      if (!isScalar(key)) throw new FileFault('a key of it is no text', HINT);
      const name = key.source;
      if (map.has(name)) throw sameName(name);
      map.set(name, nodeOf(value, depth + 1));
    }
    return map;
  }
  if (isSeq(node)) return node.items.map((item) => nodeOf(item as ParsedNode, depth + 1));
  return scalarOf(node as Scalar.Parsed);
}

/** Values without quotes as sops's parser takes them, in the forms that sops itself writes. */
function scalarOf({ type, tag, source: text }: Scalar.Parsed): SopsNode {
  if (tag === 'tag:yaml.org,2002:binary') {
    const counted = Buffer.from(text, 'base64');
    return { text: counted.toString('base64'), counted };
  }
  if (type !== 'PLAIN' || tag === 'tag:yaml.org,2002:str' || tag === '!') return text;
  if (/^(?:null|Null|NULL|~|)$/.test(text)) return NULL;
  if (/^(?:true|True|TRUE|false|False|FALSE)$/.test(text)) return booleanPlain(text.toLowerCase() === 'true');
  const [, sign, name] = /^([-+]?)\.(inf|Inf|INF|nan|NaN|NAN)$/.exec(text) ?? [];
  if (name !== undefined) {
    const infinite = sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    return { text, counted: decimalText(name.toLowerCase() === 'inf' ? infinite : Number.NaN) };
  }
  return numberPlain(text) ?? text;
}
