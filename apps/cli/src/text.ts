/** Codes that start a style; all of them end the same way. */
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Style = keyof typeof STYLES;
/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Colours only for a terminal, and not when the environment says NO_COLOR. */
export function paintFor(isTerminal: boolean | undefined, environment: Readonly<Record<string, string | undefined>>): Paint {
  const plain = !isTerminal || (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  return (style, text) => (plain ? text : `\x1b[${STYLES[style]}m${text}\x1b[0m`);
}

/** A name as one line of text that cannot steer a terminal: control and format characters become escapes. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const point = character.codePointAt(0) as number;
    return point < 0x100 ? `\\x${point.toString(16).padStart(2, '0')}` : `\\u{${point.toString(16)}}`;
  });
}

export function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

/** Rows in columns of equal width, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length);
    });
  return lines(
    rows.map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
  );
}

/** `name=value` on one line; a value that would not fit into one is written as a JSON string. */
export function assignment(name: string, value: string): string {
  const isPlain = !value.startsWith('"') && value === visible(value);
  return `${visible(name)}=${isPlain ? value : jsonText(value)}`;
}

/** A JSON string in which control and format characters are escaped, too. */
function jsonText(value: string): string {
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    [...Array(character.length).keys()].map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** `2 errors`, `1 error`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
