import { isUtf8 } from 'node:buffer';
import type { JsonNode, JsonPath } from './json-path.ts';
import { UnreadableAnswer } from './unreadable-answer.ts';

/** The JSON of an answer. Texts of what is no text in it are those that the service wrote, every digit of them. */
export class JsonDocument {
  readonly root: JsonNode;
  readonly #source: string;
  #exact: unknown;

  /** Fails with `UnreadableAnswer`, which quotes nothing. */
  constructor(body: Buffer) {
    if (!isUtf8(body)) throw new UnreadableAnswer('foreign', 'the answer is not UTF-8');
    this.#source = body.toString('utf8').replace(/^\ufeff/, '');
    this.root = { value: parsed(this.#source), location: [] };
  }

  /** What a path finds in a part of the document, or in the whole. */
  find(path: JsonPath, within: JsonNode = this.root): readonly JsonNode[] {
    try {
      const { location } = within;
      return path.find(within.value).map((node) => ({ value: node.value, location: [...location, ...node.location] }));
    } catch (cause) {
      if (isTooDeep(cause)) throw tooDeep();
      throw cause;
    }
  }

  /** The one thing that a path finds; undefined for nothing and for null. Fails with `UnreadableAnswer` when it finds several. */
  findOne(path: JsonPath, within?: JsonNode): JsonNode | undefined {
    const found = this.find(path, within);
    if (found.length > 1) throw new UnreadableAnswer('misread', `${path.setting} finds ${found.length} values`, path.setting);
    return found[0]?.value === null ? undefined : found[0];
  }

  /** A text as it is, lone surrogates as U+FFFD; anything else as JSON. */
  textOf({ value, location }: JsonNode): string {
    if (typeof value === 'string') return value.toWellFormed();
    if (typeof value !== 'number' && typeof value !== 'object') return String(value);
    try {
      this.#exact ??= exactly(this.#source);
      let node = this.#exact;
      for (const step of location) node = (node as Readonly<Record<string | number, unknown>>)[step];
      return JSON.stringify(node).toWellFormed();
    } catch (cause) {
      if (isTooDeep(cause)) throw tooDeep();
      throw cause;
    }
  }
}

/** The parser's own words would quote the text, which is full of secrets. */
function parsed(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new UnreadableAnswer('foreign', 'the answer is not JSON');
    throw cause;
  }
}

/** A document whose numbers are written as they were read. Node 22 can do that; the types of its library do not know it yet. */
function exactly(source: string): unknown {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): object };
  return JSON.parse(source, (_, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? rawJSON(context?.source ?? String(value)) : value,
  );
}

/** Paths that look at every level count levels (50); others run out of room. */
function isTooDeep(cause: unknown): boolean {
  return cause instanceof RangeError || (cause instanceof Error && cause.name === 'JSONPathRecursionLimitError');
}

function tooDeep(): UnreadableAnswer {
  return new UnreadableAnswer('misread', 'the answer is nested too deeply');
}
