import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { EXERCISES } from './index.ts';

const README = new URL('../../README.md', import.meta.url);

/** Written anew with `UPDATE=1 vitest run src/exercises`. */
it('are listed in the README', async () => {
  const rows = EXERCISES.map(({ name, title, feature, checks }) => {
    const condition = feature === undefined ? '' : ` (with \`${feature}\`)`;
    return `| \`${name}\` | ${title}${condition} | ${checks.length} |`;
  });
  const table = ['| Exercise | A driver that passes | Checks |', '|---|---|---|', ...rows].join('\n');
  const text = await readFile(README, 'utf8');
  const wanted = text.replace(/(<!-- exercises -->\n)[\s\S]*(<!-- \/exercises -->)/, `$1${table}\n$2`);
  if (process.env.UPDATE) await writeFile(README, wanted);
  else expect(text).toBe(wanted);
});

it('have names of one word each, and checks that are told apart', () => {
  const names = EXERCISES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { checks } of EXERCISES) expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
});
