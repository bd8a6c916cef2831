import { COFFER_FAMILIES, DAPR_FAMILIES } from '../../src/metrics/catalogue.ts';
import { type Expression, parseExpression } from './promql.ts';

/** What Prometheus adds to every series: where it comes from. */
const ADDED = ['job', 'instance'];

interface KnownMetric {
  readonly type: string;
  readonly labels: ReadonlySet<string>;
}

/** The names of series -> type and labels: those that cofferd declares, and what a scrape of it shows beside them. */
export function knownMetrics(exposition: string): ReadonlyMap<string, KnownMetric> {
  const known = new Map<string, KnownMetric>([['up', { type: 'gauge', labels: new Set(ADDED) }]]);
  const types = new Map([...exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));
  for (const [, name = '', labels = ''] of exposition.matchAll(/^([a-z_:][\w:]*)(?:\{(.*)\})? \S+$/gim)) {
    const names = [...labels.matchAll(/([a-z_]\w*)="/g)].map(([, label = '']) => label);
    known.set(name, { type: types.get(name) ?? 'counter', labels: new Set([...names, ...ADDED]) });
  }
  for (const { name, type, labels } of [...Object.values(DAPR_FAMILIES), ...Object.values(COFFER_FAMILIES)]) {
    const own = [...labels, ...ADDED, 'app_id'];
    if (type !== 'histogram') known.set(name, { type, labels: new Set(own) });
    else
      for (const part of ['bucket', 'sum', 'count'])
        known.set(`${name}_${part}`, { type: 'counter', labels: new Set(part === 'bucket' ? [...own, 'le'] : own) });
  }
  return known;
}

/**
 * What is wrong with an expression: metrics and labels that cofferd does not have, counters that are not looked at as rates,
 * and rates of what is no counter.
 */
export function expressionProblems(text: string, known: ReadonlyMap<string, KnownMetric>): string[] {
  let expression: Expression;
  try {
    expression = parseExpression(text);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  const problems: string[] = [];
  const labels = new Set<string>();
  for (const { metric, matched, functions } of expression.selectors) {
    const found = known.get(metric);
    if (found === undefined) {
      problems.push(`there is no metric ${metric}`);
      continue;
    }
    for (const label of found.labels) labels.add(label);
    problems.push(...matched.filter((label) => !found.labels.has(label)).map((label) => `${metric} has no label ${label}`));
    const rated = functions.some((name) => ['rate', 'increase'].includes(name));
    if (rated !== (found.type === 'counter'))
      problems.push(`${metric} is a ${found.type}, and ${rated ? 'a' : 'no'} rate is taken`);
    if (metric.endsWith('_bucket') && !(functions.includes('histogram_quantile') && expression.grouped.includes('le')))
      problems.push(`${metric} is for histogram_quantile, by le`);
  }
  problems.push(...expression.grouped.filter((label) => !labels.has(label)).map((label) => `nothing has the label ${label}`));
  return problems;
}

/** Labels that a text names as `{{label}}` and the expression's result does not have. */
export function legendProblems(legend: string, text: string, known: ReadonlyMap<string, KnownMetric>): string[] {
  const { selectors, grouped } = parseExpression(text);
  const left =
    grouped.length > 0 ? new Set(grouped) : new Set(selectors.flatMap(({ metric }) => [...(known.get(metric)?.labels ?? [])]));
  const named = [...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label = '']) => label);
  return named.filter((label) => label === 'le' || !left.has(label)).map((label) => `${legend}: no ${label} in ${text}`);
}
