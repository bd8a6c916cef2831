/*
 * The body of a read is ignored, yet the reference refuses one that is not protobuf JSON for the request message. So
 * this only judges: standard JSON, an object, known members of the right type, none twice.
 */

type Members = Readonly<Record<string, 'string' | 'map'>>;

/** Request messages of the routes that look at their body, each with its members and their kinds. */
export const MESSAGES: Readonly<Record<'GetSecret' | 'GetBulkSecret' | 'GetMetadata', Members>> = {
  GetSecret: { storeName: 'string', store_name: 'string', key: 'string', metadata: 'map' },
  GetBulkSecret: { storeName: 'string', store_name: 'string', metadata: 'map' },
  GetMetadata: {},
};

/** What is wrong with a non-empty body, `undefined` when nothing is. The text quotes nothing of the body but member names. */
export function protoJsonProblem(body: Buffer, message: keyof typeof MESSAGES): string | undefined {
  const scanner = new Scanner(body);
  try {
    scanner.message(new Map(Object.entries(MESSAGES[message])));
    scanner.end();
    return undefined;
  } catch (cause) {
    if (cause instanceof Problem) return cause.message;
    throw cause;
  }
}

class Problem extends Error {}

// As deep as the reference goes.
const DEEPEST = 10_000;
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d, 0x0a]);
// Names of one member in both spellings count as the same.
const canonical = (name: string): string => (name === 'store_name' ? 'storeName' : name);

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(body: Buffer) {
    try {
      this.#text = DECODER.decode(body);
    } catch {
      this.#text = '';
      this.#at = -1;
    }
  }

  message(members: ReadonlyMap<string, 'string' | 'map'>): void {
    if (this.#at < 0) throw new Problem('invalid UTF-8');
    const seen = new Set<string>();
    this.#object((name) => {
      const kind = members.get(name);
      if (kind === undefined) return this.#skip();
      if (seen.has(canonical(name))) throw new Problem(`duplicate field ${JSON.stringify(name)}`);
      seen.add(canonical(name));
      if (this.#literal('null')) return;
      if (kind === 'string') this.#string(`field ${JSON.stringify(name)} is not a string`);
      else this.#map(name);
    }, 'the body is not a JSON object');
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) this.#fail('unexpected text after the JSON object');
  }

  #map(name: string): void {
    const seen = new Set<string>();
    this.#object(
      (key) => {
        if (seen.has(key)) throw new Problem(`duplicate map key in field ${JSON.stringify(name)}`);
        seen.add(key);
        this.#string(`a value of field ${JSON.stringify(name)} is not a string`);
      },
      `field ${JSON.stringify(name)} is not an object`,
    );
  }

  /** Passes over any value. A loop, since a body may be nested more deeply than the stack is. */
  #skip(): void {
    const open: ('{' | '[')[] = [];
    do {
      this.#space();
      const next = this.#text[this.#at];
      if (next === '{' || next === '[') {
        this.#at++;
        if (open.push(next) > DEEPEST) throw new Problem('nested too deeply');
        if (this.#punctuation(next === '{' ? '}' : ']')) open.pop();
        else {
          if (next === '{') this.#name();
          continue;
        }
      } else if (next === '"') this.#string('invalid string');
      else if (!this.#literal('true') && !this.#literal('false') && !this.#literal('null') && !this.#number()) {
        this.#fail('invalid value');
      }
      this.#closeOrContinue(open);
    } while (open.length > 0);
  }

  /** After a value: the brackets that end here, then perhaps a comma and the name of the next member. */
  #closeOrContinue(open: ('{' | '[')[]): void {
    while (open.length > 0) {
      const innermost = open.at(-1);
      if (this.#punctuation(',')) {
        if (innermost === '{') this.#name();
        return;
      }
      if (!this.#punctuation(innermost === '{' ? '}' : ']')) this.#fail('expected "," or a closing bracket');
      open.pop();
    }
  }

  #name(): string {
    const name = this.#string('expected a member name');
    if (!this.#punctuation(':')) this.#fail('expected ":"');
    this.#space();
    return name;
  }

  #object(member: (name: string) => void, otherwise: string): void {
    if (!this.#punctuation('{')) this.#fail(otherwise);
    if (this.#punctuation('}')) return;
    do {
      member(this.#name());
    } while (this.#punctuation(','));
    if (!this.#punctuation('}')) this.#fail('expected "," or "}"');
  }

  #string(otherwise: string): string {
    this.#space();
    const text = this.#text;
    if (text[this.#at] !== '"') return this.#fail(otherwise);
    let end = this.#at + 1;
    for (let code = text.charCodeAt(end); code !== 0x22; code = text.charCodeAt(++end)) {
      if (code === 0x5c) end++;
      else if (code < 0x20 || Number.isNaN(code)) return this.#fail('invalid string');
    }
    const decoded = parsedString(text.slice(this.#at, end + 1));
    if (decoded === undefined) return this.#fail('invalid string');
    if (!decoded.isWellFormed()) throw new Problem('a string holds half of a surrogate pair');
    this.#at = end + 1;
    return decoded;
  }

  #number(): boolean {
    NUMBER.lastIndex = this.#at;
    const found = NUMBER.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found !== undefined;
  }

  /** `true`, `false`, `null`, when nothing that could continue a word follows. */
  #literal(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at) || /[0-9A-Za-z_.+-]/.test(this.#text.charAt(this.#at + word.length))) return false;
    this.#at += word.length;
    return true;
  }

  #punctuation(char: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    while (SPACE.has(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  #fail(text: string): never {
    throw new Problem(this.#at >= this.#text.length ? 'unexpected end of the body' : `${text} (at character ${this.#at + 1})`);
  }
}

/** `undefined` for an escape that JSON does not have. */
function parsedString(quoted: string): string | undefined {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}
