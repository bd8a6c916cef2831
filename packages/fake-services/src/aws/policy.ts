/** One statement of a policy; `*` and `?` are wildcards. */
export interface Statement {
  readonly effect?: 'Allow' | 'Deny';
  readonly action: string | readonly string[];
  /** Every resource when absent. */
  readonly resource?: string | readonly string[];
}

/** Whether statements allow an action: a denial wins, and what nobody allows is denied. Without statements all is allowed. */
export function allows(statements: readonly Statement[] | undefined, action: string, resource: string): boolean {
  if (statements === undefined) return true;
  const fitting = statements.filter(
    (statement) =>
      listOf(statement.action).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
      listOf(statement.resource ?? '*').some((pattern) => matches(pattern, resource)),
  );
  return fitting.length > 0 && fitting.every(({ effect }) => effect !== 'Deny');
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
