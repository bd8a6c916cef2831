/** One line an outcome `{ driver, backend, kind, version?, passed, failed, skipped, reasons }`, in columns. */
export function table(outcomes) {
  const rows = [
    ['driver', 'backend', 'version', 'cases', 'passed', 'failed', 'skipped'],
    ...outcomes.map(({ driver, backend, version = '-', kind, passed, failed, skipped, reasons }) => {
      const why = reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
      return [driver, backend, version, kind, String(passed), String(failed), `${skipped}${why}`];
    }),
  ];
  const widths = rows[0].slice(0, -1).map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

/** Whether anything failed. A run that skipped everything proves nothing, but has not failed. */
export function hasFailed(outcomes) {
  return outcomes.some(({ failed }) => failed > 0);
}
