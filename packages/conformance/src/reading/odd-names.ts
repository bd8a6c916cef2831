/** Names that a driver must take as they are, or refuse. Each belongs to the one check of its group. */
export interface OddNames {
  /** What they are, for the name of the check: `names that JavaScript's own objects have`. */
  readonly what: string;
  /** `stem` is a name that nobody else has; names that must be exact do without. */
  readonly names: (stem: string) => readonly string[];
}

export const ODD_NAMES: readonly OddNames[] = [
  {
    what: "names of members of JavaScript's own objects",
    names: () => ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'length'],
  },
  {
    what: 'names that look like steps in a path',
    names: (stem) => [
      '.',
      '..',
      `${stem}/..`,
      `${stem}/./a`,
      `${stem}/a/b`,
      `${stem}/a%2Fb`,
      `${stem}/a%252Fb`,
      `/${stem}`,
      `${stem}/`,
    ],
  },
  {
    what: 'names with letters that mean something in an address',
    names: (stem) => ['?a=b', '#a', '&a=b', 'a+b', 'a%20b', '=', ';v=1', '@a', 'a:b', '*', '%', '%zz'].map((end) => stem + end),
  },
  {
    what: 'names with quotes, backslashes, braces and dollars',
    names: (stem) => ['"a"', "'a'", '`a`', '\\a', '\\u0061', '{a}', '$a', '${a}', '<a>', '|a', '~', '^'].map((end) => stem + end),
  },
  {
    what: 'names with spaces inside and at either end',
    names: (stem) => [`${stem} a`, `${stem}  a`, ` ${stem}`, `${stem} `, `${stem}\u00a0`],
  },
  {
    what: 'names in the letters of any script',
    names: (stem) => ['🔑', '👩‍👩‍👧', 'ключ', '鍵', 'مفتاح', 'Ünïcode', '\u202ea'].map((end) => stem + end),
  },
  {
    what: 'names that look the same and are written with other code points',
    names: (stem) => [`${stem}é`, `${stem}e\u0301`, `${stem}ﬁ`, `${stem}fi`],
  },
  { what: 'names of 255 bytes and of 1 KiB', names: (stem) => [255, 1024].map((bytes) => stem.padEnd(bytes, 'n')) },
  {
    what: 'names with control characters',
    names: (stem) => ['\0a', '\na', '\r\na', '\ta', '\u007fa', '\u0085a'].map((end) => stem + end),
  },
  {
    what: 'names that are no well-formed text',
    names: (stem) => ['\udc80', '\udcff', '\ud83d'].map((end) => stem + end),
  },
  { what: 'the empty name', names: () => [''] },
];

/** The name that a careless conversion makes of a name that is no well-formed text; undefined where there is none. */
export function wellFormedTwin(name: string): string | undefined {
  return name.isWellFormed() ? undefined : name.toWellFormed();
}
