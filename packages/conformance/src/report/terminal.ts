import { styleText } from 'node:util';
import type { Exercise } from '../exercise.ts';
import type { TestBed } from '../test-bed.ts';
import { type CheckResult, type ConformanceReport, isCertified, totalsOf } from './report.ts';

type Painter = (text: string) => string;

/** How lines look. */
export interface Style {
  readonly bold: Painter;
  readonly dim: Painter;
  readonly green: Painter;
  readonly red: Painter;
  readonly yellow: Painter;
}

/** Colours for a terminal that wants them; plain text otherwise. */
export function styleFor(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): Style {
  const isColoured = isTerminal && !environment.NO_COLOR && environment.TERM !== 'dumb';
  const painter =
    (format: keyof Style): Painter =>
    (text) =>
      isColoured ? styleText(format, text, { validateStream: false }) : text;
  return { bold: painter('bold'), dim: painter('dim'), green: painter('green'), red: painter('red'), yellow: painter('yellow') };
}

const MARKS = { passed: '✓', failed: '✗', skipped: '-' } as const;
const COLOURS = { passed: 'green', failed: 'red', skipped: 'yellow' } as const;

/** A run on the terminal, check by check as the results come. */
export class TerminalReport {
  readonly #style: Style;
  readonly #tell: (line: string) => void;
  #exercise: Exercise | undefined;

  constructor({ definition, backend }: TestBed, style: Style, tell: (line: string) => void) {
    this.#style = style;
    this.#tell = tell;
    tell(style.bold(`${definition.title} (${definition.type}/${definition.version}) on ${backendText(backend)}`));
  }

  readonly take = (exercise: Exercise, { name, outcome, reason }: CheckResult): void => {
    const style = this.#style;
    if (exercise !== this.#exercise) this.#tell(`  ${style.bold(exercise.name)} ${style.dim(exercise.title)}`);
    this.#exercise = exercise;
    this.#tell(`    ${style[COLOURS[outcome]](MARKS[outcome])} ${name}`);
    if (reason !== undefined) this.#tell(`      ${style.dim(reason)}`);
  };

  end({ operations }: ConformanceReport): void {
    if (operations.length === 0) return;
    this.#tell(`  ${this.#style.bold('operations')} ${this.#style.dim('that an identity must be allowed')}`);
    for (const { operation, calls } of operations) this.#tell(`    ${operation} ${this.#style.dim(`(${calls} calls)`)}`);
  }
}

/** One line a backend: whether the driver is certified on it, and how many checks came out how. */
export function summaryText(reports: readonly ConformanceReport[], style: Style): string {
  return reports
    .map((report) => {
      const verdict = isCertified(report) ? style.green('certified') : style.red('not certified');
      const { driver, backend, exercises } = report;
      return `${driver.package} ${driver.version}: ${verdict} on ${backendText(backend)}, ${totalsText(exercises)}`;
    })
    .join('\n');
}

export function totalsText(exercises: ConformanceReport['exercises']): string {
  const { passed, failed, skipped } = totalsOf(exercises);
  const parts = [`${passed} passed`, ...(failed > 0 ? [`${failed} failed`] : []), ...(skipped > 0 ? [`${skipped} skipped`] : [])];
  return parts.join(', ');
}

/** `fake of Acme 1 (fake)`. */
export function backendText({ name, version, tier }: ConformanceReport['backend']): string {
  return `${version === undefined ? name : `${name} ${version}`} (${tier})`;
}
