import { EXERCISES } from '../../src/index.ts';
import { SEEDED_BUGS } from './index.ts';
import type { SeededBug } from './seeded-bug.ts';

export interface CaughtBug {
  readonly bug: SeededBug;
  /** Name of the check that failed. */
  readonly check: string;
}

/** SEEDED-BUGS.md, in the order of the exercises. */
export function bugTable(caught: readonly CaughtBug[]): string {
  const place = ({ bug }: CaughtBug): number =>
    EXERCISES.findIndex(({ name }) => name === bug.caughtBy) * SEEDED_BUGS.length + SEEDED_BUGS.indexOf(bug);
  const rows = caught
    .toSorted((a, b) => place(a) - place(b))
    .map(({ bug, check }) => `| ${[`A driver that ${bug.name}`, bug.seenIn ?? '', bug.caughtBy, check].map(cell).join(' | ')} |`);
  return `# Seeded bugs

Mistakes that authors of drivers make, each built into a driver that is otherwise correct, and the check that has caught it. A test
runs them all, fails when one escapes, and writes this table.

| Bug | Seen in | Exercise | Caught by the check |
|---|---|---|---|
${rows.join('\n')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
