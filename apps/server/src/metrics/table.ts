import type { FamilyDefinition } from './catalogue.ts';

/** The metrics as rows of Markdown, for docs/metrics.md. */
export function metricsTable(families: Readonly<Record<string, FamilyDefinition>>): string {
  const rows = Object.values(families).map(({ name, type, labels, help }) => {
    const names = labels.length === 0 ? '' : labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${names} | ${help} |`;
  });
  return ['| metric | type | labels beside `app_id` | meaning |', '|---|---|---|---|', ...rows].join('\n');
}
