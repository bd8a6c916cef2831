import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';

/** One value of a YAML document, with its place. Scalars keep their text; what it means is the decoder's business. */
export type YamlValue = YamlScalar | YamlList | YamlMap;
export interface Placed {
  /** Line and column in the file, from 1. */
  readonly line: number;
  readonly column: number;
}
export interface YamlScalar extends Placed {
  readonly kind: 'scalar';
  readonly text: string;
  /** Whether the text is plain (neither quoted nor a block), so that `yes` or `1` may mean more than text. */
  readonly plain: boolean;
  /** Explicit tag such as `tag:yaml.org,2002:str`; empty when there is none. */
  readonly tag: string;
}
export interface YamlList extends Placed {
  readonly kind: 'list';
  readonly items: readonly YamlValue[];
}
export interface YamlMap extends Placed {
  readonly kind: 'map';
  readonly entries: readonly (readonly [key: YamlScalar, value: YamlValue])[];
}

/** YAML that can't be read, or a value of the wrong shape. The message never quotes the text, which may hold secrets. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
  readonly line: number;
  readonly column: number;
  /** Path of the member, when the trouble is with one. */
  readonly field: string | undefined;
  /** The message without the line. */
  readonly detail: string;

  constructor(detail: string, { line, column }: Placed, field?: string) {
    // What comes from an API server has no lines.
    super(line === 0 ? detail : `line ${line}: ${detail}`);
    this.detail = detail;
    this.line = line;
    this.column = column;
    this.field = field;
  }
}

/** Aliases may repeat a node; a document that unfolds to more nodes than this is an attack or a mistake. */
const MOST_UNFOLDED = 100_000;
const DEEPEST = 1000;
const ESCAPE = /\\(u[dD][89a-fA-F]|.)/gs;

/** Characters that YAML allows only as escapes. Bytes that are not UTF-8 arrive as U+FFFF. */
const NOT_ALLOWED = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

/**
 * The first YAML document of a source; undefined when it is empty. `firstLine` is the line of the file at which the text
 * starts. With `uniqueKeys` repeated keys are refused and a map's own keys win over merged ones (`<<`), as for
 * Configuration files; without, whatever comes last wins, as for resources. Fails with `YamlError`.
 */
export function parseYaml(source: string, firstLine: number, options: { readonly uniqueKeys: boolean }): YamlValue | undefined {
  // YAML 1.1 has more line ends than the parser knows.
  const text = source.replace(/\r(?!\n)|\u0085/g, '\n');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    uniqueKeys: options.uniqueKeys,
    lineCounter,
    prettyErrors: false,
    strict: false,
    logLevel: 'error',
  });
  const placeOf = (offset: number): Placed => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: line + firstLine - 1, column: col };
  };
  const odd = text.search(NOT_ALLOWED);
  if (odd >= 0) throw new YamlError('a control character, or a byte that is not UTF-8', placeOf(odd));
  // What follows the first document is not ours to read.
  const error = document.errors.find(({ code }) => code !== 'MULTIPLE_DOCS');
  if (error) throw new YamlError(withoutSource(error.message), placeOf(error.pos[0]));
  if (document.contents === null) return undefined;
  const walker = new Walker(text, placeOf, options.uniqueKeys);
  return walker.value(document.contents);
}

/** Some of the parser's messages name a tag, or end with the offending text, after a colon or from a backslash on. */
function withoutSource(message: string): string {
  return message
    .replace(/^The \S+ tag/, 'The tag')
    .replace(/(?:(?<! or ):|\\)[\s\S]*$/, '')
    .trim();
}

class Walker {
  /** Nodes by anchor, as far as the document has been walked: an alias means the last one before it. */
  readonly #anchors = new Map<string, Node>();
  readonly #placeOf: (offset: number) => Placed;
  readonly #text: string;
  readonly #ownKeysWin: boolean;
  #aliasDepth = 0;
  #unfolded = 0;

  constructor(text: string, placeOf: (offset: number) => Placed, ownKeysWin: boolean) {
    this.#text = text;
    this.#placeOf = placeOf;
    this.#ownKeysWin = ownKeysWin;
  }

  value(node: Node | null | undefined, depth = 0): YamlValue {
    const place = this.#placeOf(node?.range?.[0] ?? 0);
    if (this.#aliasDepth > 0) this.#unfolded++;
    if (this.#unfolded > MOST_UNFOLDED || depth > DEEPEST) throw new YamlError('the document unfolds to too many nodes', place);
    if (isAlias(node)) return this.#alias(node, place, depth);
    if (isMap(node) || isSeq(node) || isScalar(node)) if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isMap(node)) return { kind: 'map', entries: this.#entries(node, depth), ...place };
    if (isSeq(node)) return { kind: 'list', items: node.items.map((item) => this.value(item as Node, depth + 1)), ...place };
    if (isScalar(node)) {
      if (node.type === 'QUOTE_DOUBLE') this.#checkEscapes(node, place);
      const plain = node.type === 'PLAIN' || node.type === undefined;
      return { kind: 'scalar', text: node.source ?? '', plain, tag: node.tag ?? '', ...place };
    }
    return { kind: 'scalar', text: '', plain: true, tag: '', ...place };
  }

  #alias(alias: Alias, place: Placed, depth: number): YamlValue {
    const target = this.#anchors.get(alias.source);
    if (target === undefined) throw new YamlError('unknown anchor referenced; a value that starts with * needs quotes', place);
    this.#aliasDepth++;
    const value = this.value(target, depth + 1);
    this.#aliasDepth--;
    return { ...value, ...place };
  }

  /** The parser knows escapes that the reference's does not. */
  #checkEscapes(scalar: Scalar, place: Placed): void {
    const [start, end] = scalar.range ?? [0, 0];
    for (const [, code] of this.#text.slice(start, end).matchAll(ESCAPE)) {
      if (code === '/' || (code?.length ?? 0) > 1) throw new YamlError('unknown escape in a text in double quotes', place);
    }
  }

  #entries(map: YAMLMap, depth: number): YamlMap['entries'] {
    const pairs = map.items.map(({ key, value }): Entry => {
      const name = this.value(key as Node, depth + 1);
      if (name.kind !== 'scalar') throw new YamlError('a map or a list cannot be a member name', name);
      return [name, this.value(value as Node, depth + 1)];
    });
    if (!pairs.some(isMerge)) return pairs;
    const entries = new Map<string, Entry>();
    const own = pairs.filter((pair) => !isMerge(pair));
    const ordered = this.#ownKeysWin ? [...pairs.filter(isMerge), ...own] : pairs;
    for (const entry of ordered.flatMap((pair) => (isMerge(pair) ? mergedEntries(pair[1]) : [pair]))) {
      entries.set(entry[0].text, entry);
    }
    return [...entries.values()];
  }
}

type Entry = YamlMap['entries'][number];

function isMerge([name]: Entry): boolean {
  return name.plain && name.text === '<<';
}

/** The entries of one map or of several, of which the first wins. */
function mergedEntries(value: YamlValue): Entry[] {
  const maps = value.kind === 'list' ? [...value.items].reverse() : [value];
  return maps.flatMap((map) => {
    if (map.kind !== 'map') throw new YamlError('map merge requires map or sequence of maps as the value', map);
    return map.entries;
  });
}
