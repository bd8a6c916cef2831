import { secretTable } from '@coffer/core/driver';
import { freshName } from '../check-context.ts';
import type { Check, Exercise } from '../exercise.ts';
import { expectRead } from '../reading/expect-read.ts';
import { heldValues } from '../reading/held.ts';

/** Texts that a careless driver changes on their way, by what they are. */
const TEXTS: readonly (readonly [what: string, value: string])[] = [
  ['an empty value as an empty value', ''],
  ['spaces, tabs and line ends at either end', ' \t\n trimmed? \n\t '],
  ['a trailing newline', 'line\n'],
  ['lines that end in CRLF, LF and CR', 'one\r\ntwo\nthree\rfour'],
  ['a byte-order mark', '\ufeffmarked'],
  ['NUL and other control characters', 'a\0b\u0001\u007f\u0085c'],
  ['text beyond the basic plane', '🔑 𝒮𝑒𝒸𝓇𝑒𝓉 𠮷'],
  ['composed and decomposed letters', 'é e\u0301 ﬁ'],
  ['text that looks like JSON, in its own spelling', '{ "b" : 1.0, "a": [ true , null ], "c": "\\u00e9</script>" }'],
  ['a JSON text of one string', '"quoted"'],
  ['numbers and other literals as text', '007'],
  ['a number that no double holds', '12345678901234567890.10'],
  ['the words true and null', 'null'],
  ['text that looks like base64', 'c2VjcmV0Cg=='],
  ['text that looks like percent and entity escapes', 'a%20b+c &amp; &#65; \\n \\u0041'],
  ['text that looks like a template', '{{ .Value }} ${HOME} $(id) %s %!s(int=5)'],
  ['64 KiB', 'v'.repeat(2 ** 16)],
];

export const values: Exercise = {
  name: 'values',
  title: 'hands on every value as it was put',
  checks: [
    ...TEXTS.map(checkOf),
    {
      name: 'reads bytes that are no text by the documented rule, and bytes that are text',
      run: async (context) => {
        const seedBinary = context.backend.seedBinary?.bind(context.backend);
        if (seedBinary === undefined) return context.skip('the test backend can hold no bytes');
        for (const bytes of [Buffer.from([0, 0xff, 0xfe, 0x80, 10]), Buffer.from('text as bytes: é\n')]) {
          const name = freshName();
          context.removeLater(name);
          const { read } = await seedBinary(name, bytes);
          await expectRead(context, await context.open(), { name, values: read });
        }
      },
    },
  ],
};

function checkOf([what, value]: (typeof TEXTS)[number]): Check {
  return {
    name: `keeps ${what}`,
    run: async (context) => {
      const name = freshName();
      // What the service refuses skips the check.
      const held = heldValues(context, name, value) ?? secretTable([[name, value]]);
      await context.seed({ name, values: held });
      await expectRead(context, await context.open(), { name, values: held });
    },
  };
}
