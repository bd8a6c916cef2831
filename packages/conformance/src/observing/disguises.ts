/** Something that must appear nowhere. */
export interface Hidden {
  /** What it is, without itself: `a value`, `the setting token`. */
  readonly what: string;
  readonly text: string;
}

/** Shorter ones appear by chance. */
const SHORTEST = 6;
/** Characters of a random value that nothing else has; a parser's message quotes ten. */
const FRAGMENT = 10;
const RANDOM = /^canary[0-9a-f]{32}$/;

/** Finds things that must appear nowhere in a text: as they are, as fragments, or encoded. */
export class Disguises {
  readonly #forms: readonly { readonly what: string; readonly form: string }[];

  constructor(hidden: readonly Hidden[]) {
    this.#forms = hidden
      .filter(({ text }) => text.length >= SHORTEST)
      .flatMap(({ what, text }) =>
        formsOf(text).map(({ name, form }) => ({ what: name === '' ? what : `${what} ${name}`, form })),
      );
  }

  /** What of them the text holds; undefined when nothing. */
  in(text: string): string | undefined {
    return this.#forms.find(({ form }) => text.includes(form))?.what;
  }
}

function formsOf(text: string): readonly { readonly name: string; readonly form: string }[] {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((offset) => base64Inside(bytes, offset));
  const forms = [
    { name: '', form: text },
    { name: 'as JSON', form: JSON.stringify(text).slice(1, -1) },
    { name: 'encoded for a URL', form: encodeURIComponent(text.toWellFormed()) },
    { name: 'in hex', form: hex },
    { name: 'in hex', form: hex.toUpperCase() },
    ...base64.map((form) => ({ name: 'in base64', form })),
    ...base64.map((form) => ({ name: 'in base64url', form: form.replaceAll('+', '-').replaceAll('/', '_') })),
    // Of a key of several lines, each.
    ...text
      .split(/\r?\n/)
      .filter((line) => line !== text && line.length >= 20 && !line.startsWith('-----'))
      .map((form) => ({ name: 'in part', form })),
  ];
  if (!RANDOM.test(text)) return forms;
  const starts = Array.from({ length: text.length - FRAGMENT + 1 }, (_, index) => index);
  return [...forms, ...starts.map((start) => ({ name: 'in part', form: text.slice(start, start + FRAGMENT) }))];
}

/** The characters of base64 that depend on these bytes alone, where so many others stand before them. */
function base64Inside(bytes: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]);
  return whole.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((whole.length * 8) / 6));
}
