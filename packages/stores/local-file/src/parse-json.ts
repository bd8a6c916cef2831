/** The JSON text of anything that is neither a string nor a container: `5`, `1.50`, `true`, `null`. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Members in the order of the file. A Map, so that `__proto__` is a name as any other. */
export type JsonObject = ReadonlyMap<string, JsonValue>;
export type JsonValue = string | JsonText | JsonObject | readonly JsonValue[];

/** Why a text is no JSON. It quotes nothing of the text, which is full of secrets. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  /** Both count from 1; the column in UTF-16 units, as editors do. */
  readonly line: number;
  readonly column: number;

  constructor(problem: string, text: string, position: number) {
    super(problem);
    const before = text.slice(0, position).split('\n');
    this.line = before.length;
    this.column = (before.at(-1)?.length ?? 0) + 1;
  }
}

/**
 * Reads JSON as the reference does: the last of repeated names wins, lone surrogates become U+FFFD, numbers must fit a
 * double, 10,000 levels at most. Numbers keep their text. Fails with `JsonSyntaxError`.
 *
 * Not JSON.parse: its messages quote the text and often lack the place, numbers lose digits, and the reviver that could
 * keep them overflows the stack on deep files.
 */
export function parseJson(text: string): JsonValue {
  return new Parser(text).document();
}

const DEEPEST = 10_000;
const SPACE = /[ \t\n\r]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const NEEDS_CARE = /[\\\0-\x1f]/;
/** Good escapes, to step over them, or what is wrong inside a string. */
const ESCAPE_OR_MISTAKE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})|([\\\0-\x1f])/g;

type Open =
  | { readonly end: ']'; readonly value: JsonValue[] }
  | { readonly end: '}'; readonly value: Map<string, JsonValue>; name: string };

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    if (this.#text.startsWith('\ufeff')) throw this.#wrong('remove the byte order mark');
    this.#skipSpace();
    if (this.#at === this.#text.length) throw this.#wrong('the file is empty: write {} for no secrets');
    const value = this.#value();
    if (this.#at < this.#text.length) throw this.#wrong('nothing may follow the end of the JSON object');
    return value;
  }

  /** One value with everything below it. Its own stack: a file may be nested deeper than calls may be. */
  #value(): JsonValue {
    const open: Open[] = [];
    for (;;) {
      let value: JsonValue;
      if (this.#take('{')) {
        const map = new Map<string, JsonValue>();
        if (!this.#take('}')) {
          open.push({ end: '}', value: map, name: this.#name('a name in double quotes, or }, is expected here') });
          if (open.length > DEEPEST) throw this.#wrong('the file is nested deeper than 10,000 levels');
          continue;
        }
        value = map;
      } else if (this.#take('[')) {
        const items: JsonValue[] = [];
        if (!this.#take(']')) {
          open.push({ end: ']', value: items });
          if (open.length > DEEPEST) throw this.#wrong('the file is nested deeper than 10,000 levels');
          continue;
        }
        value = items;
      } else {
        value = this.#scalar();
      }
      for (;;) {
        const container = open.at(-1);
        if (container === undefined) return value;
        if (container.end === ']') container.value.push(value);
        else container.value.set(container.name, value);
        if (this.#take(',')) {
          if (this.#text[this.#at] === container.end) throw this.#wrong('remove the comma before this');
          if (container.end === '}') container.name = this.#name('a name in double quotes is expected here');
          break;
        }
        if (!this.#take(container.end)) throw this.#wrong(`a comma or ${container.end} is expected here`);
        value = container.value;
        open.pop();
      }
    }
  }

  #name(otherwise: string): string {
    if (this.#text[this.#at] !== '"') throw this.#wrong(otherwise);
    const name = this.#string();
    if (!this.#take(':')) throw this.#wrong('a colon is expected here');
    return name;
  }

  #scalar(): string | JsonText {
    if (this.#text[this.#at] === '"') return this.#string();
    SCALAR.lastIndex = this.#at;
    const text = SCALAR.exec(this.#text)?.[0];
    if (text === undefined)
      throw this.#wrong('a value is expected here: text in double quotes, a number, true, false, null, { or [');
    if (/\d/.test(text) && !Number.isFinite(Number(text))) {
      throw this.#wrong('the number is out of range: write it as text, in double quotes');
    }
    this.#at += text.length;
    this.#skipSpace();
    return new JsonText(text);
  }

  #string(): string {
    const start = this.#at;
    const end = this.#endOfString(start);
    const raw = this.#text.slice(start, end === -1 ? undefined : end + 1);
    if (!NEEDS_CARE.test(raw) && end !== -1) {
      this.#at = end + 1;
      this.#skipSpace();
      return raw.slice(1, -1);
    }
    for (const { index, 1: mistake } of raw.matchAll(ESCAPE_OR_MISTAKE)) {
      if (mistake === undefined) continue;
      this.#at = start + index;
      if (mistake === '\n' || mistake === '\r') throw this.#wrong('the string is not closed on this line');
      throw this.#wrong(
        mistake === '\\' ? 'a backslash is written \\\\' : 'control characters are written as \\u and four digits',
      );
    }
    if (end === -1) {
      this.#at = this.#text.length;
      throw this.#wrong('the file ends inside a string');
    }
    this.#at = end + 1;
    this.#skipSpace();
    return (JSON.parse(raw) as string).toWellFormed();
  }

  /** Where the closing quote of the string that starts here is; -1 when there is none. */
  #endOfString(start: number): number {
    for (let end = this.#text.indexOf('"', start + 1); end !== -1; end = this.#text.indexOf('"', end + 1)) {
      let backslashes = 0;
      while (this.#text[end - 1 - backslashes] === '\\') backslashes++;
      if (backslashes % 2 === 0) return end;
    }
    return -1;
  }

  /** Steps over a character and the space after it, if it is the one given. */
  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    this.#skipSpace();
    return true;
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
  }

  /** What most people did who see an error at such a character, else what the grammar wants. */
  #wrong(problem: string): JsonSyntaxError {
    const character = this.#text[this.#at];
    const better =
      character === undefined && this.#at > 0 && !problem.startsWith('the file')
        ? 'the file ends too early'
        : character === '/' || character === '#'
          ? 'comments are not JSON'
          : character === "'"
            ? 'JSON has double quotes only'
            : problem;
    return new JsonSyntaxError(better, this.#text, this.#at);
  }
}
