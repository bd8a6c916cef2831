import type { MetricRule } from './settings.ts';

/** What becomes of the value of a label of a metric, which is named by its definition's `measure` or name. */
export type RewriteLabel = (metric: string, label: string, value: string) => string;

type Rewrite = (value: string) => string;

/**
 * The rules of the Configuration as a function; `undefined` without any. An empty value stays empty. Fails with an Error for
 * an expression that is not one. Paths are matched that strangers choose, so the expressions run in linear time: RE2, which
 * is also the syntax that the reference has.
 */
export async function compileRules(rules: readonly MetricRule[]): Promise<RewriteLabel | undefined> {
  if (rules.length === 0) return undefined;
  const { RE2JS } = await import('re2js');
  const compiled = new Map<string, readonly Rewrite[]>();
  for (const rule of rules) {
    for (const label of rule.labels) {
      const key = keyOf(rule.name.replace('dapr_', ''), label.name);
      const rewrites = label.regex.map(([replacement, expression]): Rewrite => {
        try {
          const pattern = RE2JS.compile(expression);
          return (value) =>
            pattern
              .matcher(value)
              .replaceAll((whole: string, ...rest: unknown[]) => expand(replacement, [whole, ...groupsOf(rest)], namedOf(rest)));
        } catch (cause) {
          const reason = cause instanceof Error ? cause.message : String(cause);
          throw new Error(`failed to compile regex for rule ${key}/${replacement}: ${reason}`, { cause });
        }
      });
      // A later rule for the same label takes the place of an earlier one.
      compiled.set(key, rewrites);
    }
  }
  return (metric, label, value) => {
    if (value === '') return value;
    const rewrites = compiled.get(keyOf(metric.replace('dapr_', ''), label));
    return rewrites === undefined ? value : rewrites.reduce((text, rewrite) => rewrite(text), value);
  };
}

/** As the reference compares: `_` and `/` are one. */
const keyOf = (metric: string, label: string): string => metric.replaceAll('_', '/') + label;

/** Of what a replacer function is given: groups, then the offset (a number), the input, and the named groups. */
function groupsOf(rest: readonly unknown[]): readonly (string | undefined)[] {
  return rest.slice(
    0,
    rest.findIndex((item) => typeof item === 'number'),
  ) as (string | undefined)[];
}

function namedOf(rest: readonly unknown[]): Readonly<Record<string, string | undefined>> {
  const last = rest.at(-1);
  return typeof last === 'object' && last !== null ? (last as Record<string, string | undefined>) : {};
}

/** Go's templates: `$1`, `${1}`, `$name`, `${name}`, `$$`; a name is as long as it can be, and an unknown one is empty. */
function expand(
  template: string,
  groups: readonly (string | undefined)[],
  named: Readonly<Record<string, string | undefined>>,
): string {
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (found, bare: string | undefined, braced: string | undefined) => {
    const name = bare ?? braced;
    if (name === undefined) return found === '$$' ? '$' : found;
    return (/^\d+$/.test(name) ? groups[Number(name)] : named[name]) ?? '';
  });
}
