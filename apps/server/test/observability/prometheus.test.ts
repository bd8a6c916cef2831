import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { expressionProblems, knownMetrics, legendProblems } from './known-metrics.ts';

const folder = new URL('../../../../examples/observability/', import.meta.url);
const metricsPage = new URL('../../../../docs/metrics.md', import.meta.url);
const read = (file: string): unknown => parse(readFileSync(new URL(file, folder), 'utf8'));
const DURATION = /^\d+(ms|s|m|h|d)$/;

interface ScrapeConfig {
  readonly job_name: string;
  readonly metrics_path: string;
  readonly static_configs?: readonly { readonly targets: readonly string[] }[];
  readonly kubernetes_sd_configs?: readonly { readonly role: string }[];
  readonly relabel_configs?: readonly {
    readonly source_labels: readonly string[];
    readonly regex?: string;
    readonly action?: string;
    readonly target_label?: string;
  }[];
}
interface PrometheusFile {
  readonly global: { readonly scrape_interval: string; readonly evaluation_interval: string };
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly ScrapeConfig[];
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

/** The members of each object of a configuration that are not among the known ones. */
const unknownMembers = (value: object, known: readonly string[]): string[] =>
  Object.keys(value).filter((member) => !known.includes(member));

describe.each(['prometheus.yaml', 'prometheus-kubernetes.yaml'])('%s', (file) => {
  const config = read(file) as PrometheusFile;

  test('has the members of a Prometheus configuration', () => {
    expect(unknownMembers(config, ['global', 'rule_files', 'scrape_configs'])).toEqual([]);
    expect(config.global.scrape_interval).toMatch(DURATION);
    expect(config.global.evaluation_interval).toMatch(DURATION);
    for (const rules of config.rule_files) expect(existsSync(new URL(rules, folder))).toBe(true);
    expect(config.scrape_configs).toHaveLength(1);
  });

  test('scrapes the job that the dashboard and the alerts ask for', () => {
    for (const scrape of config.scrape_configs) {
      const members = ['job_name', 'metrics_path', 'static_configs', 'kubernetes_sd_configs', 'relabel_configs'];
      expect(unknownMembers(scrape, members)).toEqual([]);
      expect([scrape.job_name, scrape.metrics_path]).toEqual(['coffer', '/metrics']);
      const { static_configs = [], kubernetes_sd_configs = [], relabel_configs = [] } = scrape;
      expect(static_configs.length + kubernetes_sd_configs.length).toBe(1);
      for (const target of static_configs.flatMap(({ targets }) => targets)) expect(target).toMatch(/^[\w.-]+:\d+$/);
      for (const { role } of kubernetes_sd_configs) expect(role).toBe('pod');
      for (const relabel of relabel_configs) {
        expect(unknownMembers(relabel, ['source_labels', 'regex', 'action', 'target_label'])).toEqual([]);
        expect(relabel.source_labels.every((label) => /^__meta_kubernetes_pod_[a-z_]+$/.test(label))).toBe(true);
        expect((relabel.action === 'keep') === (relabel.target_label === undefined)).toBe(true);
        expect(() => new RegExp(relabel.regex ?? '')).not.toThrow();
      }
    }
  });
});

describe('alerts.yaml', () => {
  const { groups, ...others } = read('alerts.yaml') as { groups: { name: string; rules: Rule[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  const known = knownMetrics('');

  test('has groups of rules, each with a name of its own', () => {
    expect(others).toEqual({});
    expect(rules.length).toBeGreaterThan(5);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  test.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s reads what cofferd has, and says what is the matter',
    (_, rule) => {
      expect(unknownMembers(rule, ['alert', 'expr', 'for', 'labels', 'annotations'])).toEqual([]);
      expect(expressionProblems(rule.expr, known)).toEqual([]);
      expect(rule.for).toMatch(DURATION);
      expect(['warning', 'critical']).toContain(rule.labels.severity);
      // {{ $labels.x }} as a legend would name it.
      const legend = rule.annotations.summary
        .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '{{$1}}')
        .replaceAll(/\{\{ \$value[^}]*\}\}/g, '');
      expect(legendProblems(legend, rule.expr, known)).toEqual([]);
      expect(legend).not.toContain('$');
    },
  );
});

test('the expressions of docs/metrics.md read what cofferd has', () => {
  const [, questions = ''] =
    /\| question \| expression \|\n(?:\|[-|]+\|\n)((?:\|.*\|\n)+)/.exec(readFileSync(metricsPage, 'utf8')) ?? [];
  const expressions = [...questions.matchAll(/`([^`]+)`/g)]
    .map(([, expression = '']) => expression)
    .filter((code) => /\W/.test(code));
  expect(expressions.length).toBeGreaterThan(8);
  const known = knownMetrics('');
  const wrong = expressions.map((expression) => [expression, expressionProblems(expression, known)]);
  expect(wrong.filter(([, problems]) => problems?.length !== 0)).toEqual([]);
});
