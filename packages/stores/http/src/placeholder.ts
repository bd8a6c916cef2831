/** A place in a template that a request fills in. */
export interface Placeholder {
  /** `name`, or the name of request metadata. */
  readonly variable: string;
  /** Whether slashes of the value stay slashes. */
  readonly keepsSlashes: boolean;
}

/** Literal text, or what a request fills in. */
export type Piece = string | Placeholder;

/** What stands for a variable of a template; undefined or empty when nothing does. */
export type Values = (variable: string) => string | undefined;

/** A setting that is no template. The message quotes nothing of it. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_.-]*)(\*?)\}/;

/** The pieces of a text, in its order. Fails with `TemplateError` on a brace that belongs to no placeholder. */
export function piecesOf(text: string): readonly Piece[] {
  const parts = text.split(new RegExp(PLACEHOLDER, 'g'));
  const pieces: Piece[] = [];
  for (let at = 0; at < parts.length; at += 3) {
    const [literal = '', variable, star] = parts.slice(at, at + 3);
    if (/[{}]/.test(literal))
      throw new TemplateError('has a brace without a placeholder', 'write {name}, or %7B and %7D for braces');
    if (literal !== '') pieces.push(literal);
    if (variable !== undefined) pieces.push({ variable, keepsSlashes: star === '*' });
  }
  return pieces;
}

/** The placeholder that a text is and nothing else. */
export function placeholderOf(text: string): Placeholder | undefined {
  const match = new RegExp(`^${PLACEHOLDER.source}$`).exec(text);
  return match?.[1] === undefined ? undefined : { variable: match[1], keepsSlashes: true };
}

export function variablesOf(pieces: readonly Piece[]): readonly string[] {
  return pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [piece.variable]));
}
