import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { fileStore, startCofferd } from '../support/cofferd.ts';
import { freePort } from '../support/free-port.ts';
import { grpcCall, stringField } from '../support/grpc-call.ts';
import { expressionProblems, knownMetrics, legendProblems } from './known-metrics.ts';

/** The parts of a dashboard that are looked at; https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly Target[];
}
interface Variable {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
}
interface Dashboard {
  readonly [member: string]: unknown;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

const text = readFileSync(new URL('../../../../examples/observability/dashboard.json', import.meta.url), 'utf8');
const dashboard = JSON.parse(text) as Dashboard;
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const variables = dashboard.templating.list;
/** As Grafana fills it in. */
const filled = (expr: string): string => expr.replaceAll('$__rate_interval', '5m');

let exposition = '';
let known: ReturnType<typeof knownMetrics>;
beforeAll(async () => {
  const metricsPort = await freePort();
  const files = { 'components/s.yaml': fileStore('s', 's.json'), 's.json': '{"k": "v"}' };
  await using cofferd = await startCofferd({ files, args: [`--metrics-port=${metricsPort}`] });
  for (const name of ['k', 'missing', 'bulk']) await cofferd.get(`/v1.0/secrets/s/${name}`);
  const overGrpc = await grpcCall(cofferd, 'GetSecret', Buffer.concat([stringField(1, 's'), stringField(2, 'k')]));
  expect(overGrpc.code).toBe('OK');
  exposition = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  known = knownMetrics(exposition);
});

describe('the dashboard', () => {
  test('is one that Grafana can import', () => {
    expect(dashboard).toMatchObject({ uid: 'coffer', title: 'Coffer', editable: true, time: { from: 'now-1h', to: 'now' } });
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
    // A number would overwrite whatever dashboard has it.
    expect(dashboard).not.toHaveProperty('id');
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { type } of panels) expect(['timeseries', 'stat', 'state-timeline']).toContain(type);
  });

  test('has a title, a description, a unit and expressions of its own in every panel', () => {
    for (const { title, description, fieldConfig, type, targets = [] } of panels) {
      expect(title).not.toBe('');
      expect(description).toMatch(/\.$/);
      if (type !== 'state-timeline') expect(fieldConfig?.defaults.unit).toMatch(/^[a-z]+$/);
      expect(targets.length).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      for (const { datasource } of targets) expect(datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
    }
  });

  test('has panels that do not overlap, within 24 columns', () => {
    const cells = new Map<string, string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([title, cells.get(`${x},${y}`)]).toEqual([title, undefined]);
          cells.set(`${x},${y}`, title);
        }
    }
  });

  test('names only variables that it has, and has none that is not used', () => {
    const used = new Set([...text.matchAll(/\$\{?([a-z]\w*)\}?/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(variables.map(({ name }) => name).sort());
  });

  test('shows what a cofferd tells that has served some reads, and what it tells when more happens', () => {
    const exprs = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join('\n');
    const told = [
      'coffer_reads_total',
      'coffer_upstream_calls_total',
      'dapr_component_secret_latencies_bucket',
      'dapr_http_server_request_count',
      'dapr_grpc_io_server_completed_rpcs',
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
    ];
    for (const metric of told) expect(exposition).toMatch(new RegExp(`^${metric}[{ ]`, 'm'));
    const later = ['coffer_coalesced_reads_total', 'dapr_resiliency_cb_state', 'coffer_reloads_total'];
    for (const metric of [...told, ...later]) expect(exprs).toContain(metric);
  });

  test.each(panels.map((panel) => [panel.title, panel.targets ?? []] as const))(
    '%s: reads metrics and labels that cofferd has',
    (_, targets) => {
      for (const { expr, legendFormat } of targets) {
        expect([expr, expressionProblems(filled(expr), known)]).toEqual([expr, []]);
        expect(legendProblems(legendFormat, filled(expr), known)).toEqual([]);
      }
    },
  );

  test.each(variables.flatMap(({ definition }) => (definition === undefined ? [] : [definition])))(
    'its variable %s does',
    (definition) => {
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
      expect(
        expressionProblems(`sum by (${label}) (${selector.includes('_total') ? `rate(${selector}[5m])` : selector})`, known),
      ).toEqual([]);
    },
  );
});

describe('an expression', () => {
  test.each([
    ['sum(rate(coffer_reads_total[5m])', 'not PromQL at'],
    ['rate(coffer_raeds_total[5m])', 'there is no metric coffer_raeds_total'],
    ['rate(coffer_reads_total{store="s"}[5m])', 'coffer_reads_total has no label store'],
    ['sum by (path) (rate(coffer_reads_total[5m]))', 'nothing has the label path'],
    ['coffer_reads_total', 'coffer_reads_total is a counter, and no rate is taken'],
    ['rate(coffer_upstream_in_flight[5m])', 'coffer_upstream_in_flight is a gauge, and a rate is taken'],
    ['sum by (le) (rate(coffer_upstream_latency_seconds_bucket[5m]))', 'is for histogram_quantile, by le'],
  ])('%s is refused', (expr, problem) => {
    expect(expressionProblems(expr, known).join()).toContain(problem);
  });

  test('has only labels in its legend that are left of it', () => {
    const expr = 'sum by (code) (rate(coffer_reads_total[5m]))';
    expect(legendProblems('{{code}}', expr, known)).toEqual([]);
    expect(legendProblems('{{component}}', expr, known)).toHaveLength(1);
  });
});
