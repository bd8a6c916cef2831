import os from 'node:os';

/** Where and when: without it figures mean nothing. */
export function heading({ nodeVersion, rounds, seconds, warmup }) {
  return `${circumstances(nodeVersion)}; median of ${rounds} interleaved rounds, ${seconds} s each after ${warmup} s of warm-up`;
}

export function bulkHeading({ nodeVersion, rounds, secrets, delay }) {
  return `bulk of ${secrets} secrets, ${delay} ms a call, ${circumstances(nodeVersion)}; median of ${rounds} rounds`;
}

function circumstances(nodeVersion) {
  const [cpu] = os.cpus();
  const date = new Date().toISOString().slice(0, 10);
  const load = os.loadavg()[0].toFixed(1);
  return `${date}, ${os.availableParallelism()} cores (${cpu.model}), Node ${nodeVersion}, load average ${load}`;
}

/** A Markdown table of bulk reads: one line a driver, with what the reference needs beside it. */
export function bulkTable(results) {
  const titles = ['calls', 'unavoidable', 'calls / unavoidable', 'most in flight', 'time s', 'before MiB', 'peak MiB'];
  const rows = [
    ['', ...titles, 'daprd: calls', 'daprd: time s'],
    ['---', ...titles.map(() => '---:'), '---:', '---:'],
    ...results.map(({ driver, calls, unavoidable, mostInFlight, seconds, before, peak, reference }) => [
      driver,
      ...[calls, unavoidable].map(String),
      (calls / unavoidable).toFixed(2),
      String(mostInFlight),
      seconds.toFixed(2),
      ...[before, peak].map((size) => size.toFixed(0)),
      ...(reference === undefined ? ['', ''] : [String(reference.calls), reference.seconds.toFixed(2)]),
    ]),
  ];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/**
 * A Markdown table: one line a contender, the median of its rounds in every column; `baseline` names the one whose CPU time
 * is 1.00.
 */
export function table(results, { inFlight, baseline }) {
  const columns = [
    ['start ms', (run) => run.start, 0],
    ['idle MiB', (run) => run.idle, 1],
    ['after load MiB', (run) => run.loaded, 1],
    ...inFlight.flatMap((count) => [
      [`req/s at ${count}`, (run) => run.loads.get(count).perSecond, 0],
      [`p50 ms at ${count}`, (run) => run.loads.get(count).p50, 3],
      [`p99 ms at ${count}`, (run) => run.loads.get(count).p99, 3],
      [`CPU µs/req at ${count}`, (run) => run.loads.get(count).cpu, 1],
    ]),
  ];
  const ratios = results.has(baseline) ? inFlight : [];
  const cpu = (name, count) => median(results.get(name).map((run) => run.loads.get(count).cpu));
  const rows = [
    ['', ...columns.map(([title]) => title), ...ratios.map((count) => `CPU / ${baseline} at ${count}`)],
    ['---', ...columns.map(() => '---:'), ...ratios.map(() => '---:')],
    ...[...results].map(([name, runs]) => [
      name,
      ...columns.map(([, read, digits]) => median(runs.map(read)).toFixed(digits)),
      ...ratios.map((count) => (cpu(name, count) / cpu(baseline, count)).toFixed(2)),
    ]),
  ];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle - 0.5)] + sorted[Math.floor(middle)]) / 2;
}
