import { type Alias, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';

/** One value of a YAML document, with its place. Scalars keep their text; what it means is the decoder's business. */
export type YamlValue = YamlScalar | YamlList | YamlMap;
interface Placed {
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

/** YAML that can't be read. The message never quotes the text, which may hold secrets. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
  readonly line: number;
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/** Aliases may repeat a node; a document that unfolds to more nodes than this is an attack or a mistake. */
const MOST_NODES = 1_000_000;

/**
 * The first YAML document of a text; undefined when it is empty. `firstLine` is the line of the file at which the text
 * starts. Fails with `YamlError`.
 */
export function parseYaml(text: string, firstLine: number, options: { readonly uniqueKeys: boolean }): YamlValue | undefined {
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
  // What follows the first document is not ours to read.
  const error = document.errors.find(({ code }) => code !== 'MULTIPLE_DOCS');
  if (error) {
    const { line, column } = placeOf(error.pos[0]);
    throw new YamlError(`line ${line}: ${withoutQuotes(error.message)}`, line, column);
  }
  if (document.contents === null) return undefined;
  const walker = new Walker(placeOf);
  return walker.value(document.contents);
}

/** The parser's messages end with the offending text in some cases: cut what is quoted. */
function withoutQuotes(message: string): string {
  return message.replace(/: ?["'`{[][\s\S]*$/, '').replace(/\s+/g, ' ');
}

class Walker {
  /** Nodes by anchor, as far as the document has been walked: an alias means the last one before it. */
  readonly #anchors = new Map<string, Node>();
  readonly #placeOf: (offset: number) => Placed;
  #left = MOST_NODES;

  constructor(placeOf: (offset: number) => Placed) {
    this.#placeOf = placeOf;
  }

  value(node: Node | null | undefined, depth = 0): YamlValue {
    const place = this.#placeOf(node?.range?.[0] ?? 0);
    this.#left--;
    if (this.#left < 0 || depth > 200) throw new YamlError('the document unfolds to too many nodes', place.line, place.column);
    if (isAlias(node)) return this.#alias(node, place, depth);
    if (isMap(node) || isSeq(node) || isScalar(node)) if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isMap(node)) return { kind: 'map', entries: this.#entries(node, depth), ...place };
    if (isSeq(node)) return { kind: 'list', items: node.items.map((item) => this.value(item as Node, depth + 1)), ...place };
    if (isScalar(node)) {
      const plain = node.type === 'PLAIN' || node.type === undefined;
      return { kind: 'scalar', text: node.source ?? '', plain, tag: node.tag ?? '', ...place };
    }
    return { kind: 'scalar', text: '', plain: true, tag: '', ...place };
  }

  #alias(alias: Alias, place: Placed, depth: number): YamlValue {
    const target = this.#anchors.get(alias.source);
    if (target === undefined)
      throw new YamlError('unknown anchor referenced; a value that starts with * needs quotes', place.line, place.column);
    return { ...this.value(target, depth + 1), ...place };
  }

  /** Merge keys (`<<`) give way to the map's own keys, and earlier merged maps to none. */
  #entries(map: YAMLMap, depth: number): YamlMap['entries'] {
    const own: (readonly [YamlScalar, YamlValue])[] = [];
    const merged: (readonly [YamlScalar, YamlValue])[] = [];
    for (const { key, value } of map.items) {
      const name = this.value(key as Node, depth + 1);
      if (name.kind !== 'scalar') throw new YamlError('a map or a list cannot be a member name', name.line, name.column);
      const content = this.value(value as Node, depth + 1);
      if (name.plain && name.text === '<<') {
        const maps = content.kind === 'list' ? [...content.items].reverse() : [content];
        for (const item of maps) {
          if (item.kind !== 'map')
            throw new YamlError('map merge requires map or sequence of maps as the value', item.line, item.column);
          merged.push(...item.entries);
        }
      } else {
        own.push([name, content]);
      }
    }
    return merged.length === 0 ? own : [...merged.filter(([{ text }]) => !own.some(([name]) => name.text === text)), ...own];
  }
}
