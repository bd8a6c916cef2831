import { type Cell, Distribution } from './samples.ts';

/** The text format of Prometheus, version 0.0.4. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function heading(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

/** Labels as the format has them; of one combination they are written once. */
export function labelText(labels: readonly (readonly [string, string])[]): string {
  return labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(',');
}

/** The lines of one combination of labels. */
export function series(name: string, labels: string, sample: Cell | Distribution): string {
  if (!(sample instanceof Distribution)) return `${name}{${labels}} ${goFloat(sample.value)}\n`;
  const { bounds, counts, sum } = sample;
  let count = 0;
  let text = '';
  for (const [at, more] of counts.entries()) {
    count += more;
    const bound = bounds[at];
    text += `${name}_bucket{${labels},le="${bound === undefined ? '+Inf' : goFloat(bound)}"} ${goFloat(count)}\n`;
  }
  return `${text}${name}_sum{${labels}} ${goFloat(sum)}\n${name}_count{${labels}} ${goFloat(count)}\n`;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/**
 * A number as Go's shortest `%g` writes it. Bounds are labels: those of two servers only add up when they are written alike
 * (`1.048576e+06`).
 */
export function goFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const [digits, exponent] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
