import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cofferDialect, type Dialect, strictDialect } from './dialect.ts';

const page = readFileSync(new URL('../../../docs/deviations.md', import.meta.url), 'utf8');
const section = (title: RegExp): string => page.split(/^## /m).find((text) => title.test(text)) ?? '';
const firstCells = (text: string): string[] =>
  [...text.matchAll(/^\| (?!What|Field|---)(.+?) \|/gm)].map((row) => row[1] as string);
const fieldsOf = (dialect: Dialect): string[] =>
  Object.entries(dialect).flatMap(([group, fields]) => Object.keys(fields).map((field) => `${group}.${field}`));
const settingOf = (dialect: Dialect, path: string): unknown => {
  const [group = '', field = ''] = path.split('.');
  return (dialect as unknown as Record<string, Record<string, unknown>>)[group]?.[field];
};

describe('docs/deviations.md', () => {
  it('has one row for each field of Dialect, and no other', () => {
    const rows = firstCells(section(/^Differences/)).map((cell) => cell.replaceAll('`', ''));
    expect(rows.toSorted()).toEqual(fieldsOf(cofferDialect).toSorted());
  });

  it('lists fewer than ten defects that are not reproduced', () => {
    const rows = firstCells(section(/^Not reproduced/));
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThan(10);
  });
});

describe('strictDialect', () => {
  it.each(fieldsOf(cofferDialect))('differs in %s: a row that changes nothing is no deviation', (path) => {
    expect(settingOf(strictDialect, path)).not.toEqual(settingOf(cofferDialect, path));
  });
});
