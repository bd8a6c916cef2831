/**
 * Members of a JSON object by name, in the order of the text and each as its source text: `1.50`, `12345678901234567890`,
 * `{"b": 1}` stay what they are, where `JSON.parse` would give a double or a new object. The last of repeated names wins;
 * lone surrogates in names become U+FFFD. Undefined when the text is not one JSON object and nothing else.
 *
 * A Map, so that `__proto__` is a name as any other.
 */
export function jsonMembers(text: string): ReadonlyMap<string, string> | undefined {
  if (!OBJECT.test(text) || !isJson(text)) return undefined;
  const members = new Map<string, string>();
  if (EMPTY.test(text)) return members;
  for (let end = text.indexOf('{'); text[end] !== '}'; ) {
    const opening = text.indexOf('"', end);
    const closing = endOfString(text, opening);
    const start = text.indexOf(':', closing) + 1;
    end = endOfValue(text, start);
    members.set(jsonText(text.slice(opening, closing + 1)), text.slice(start, end).trim());
  }
  return members;
}

/** A JSON value as text: a string's own text, lone surrogates as U+FFFD; of anything else the source as it is. */
export function jsonText(source: string): string {
  return source.startsWith('"') ? (JSON.parse(source) as string).toWellFormed() : source;
}

const OBJECT = /^[ \t\n\r]*\{/;
const EMPTY = /^[ \t\n\r]*\{[ \t\n\r]*\}/;
const STRUCTURE = /["{}[\],]/g;

/** The message of JSON.parse quotes the text, which is full of secrets: only whether it fails is told. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (cause) {
    if (cause instanceof SyntaxError) return false;
    throw cause;
  }
}

/** Where the comma or brace is that ends the value which starts here. The text is known to be JSON. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  STRUCTURE.lastIndex = start;
  for (;;) {
    const { 0: character, index } = STRUCTURE.exec(text) as RegExpExecArray;
    if (character === '"') STRUCTURE.lastIndex = endOfString(text, index) + 1;
    else if (depth === 0 && (character === ',' || character === '}')) return index;
    else if (character === '{' || character === '[') depth++;
    else if (character !== ',') depth--;
  }
}

/** Where the closing quote is of the string which starts here. The text is known to be JSON. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}
