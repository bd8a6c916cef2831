import { count, lines, type Paint, visible } from '../text.ts';
import { conformanceText, type UsedDriver } from './drivers.ts';
import type { Finding } from './finding.ts';

export interface CheckSummary {
  readonly files: number;
  readonly components: number;
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
}

const STYLE = { error: 'red', warning: 'yellow', note: 'cyan' } as const;

/** Findings by file with a blank line between files, each with its place first; the drivers; and one line at the end. */
export function reportText(
  findings: readonly Finding[],
  drivers: readonly UsedDriver[],
  summary: CheckSummary,
  paint: Paint,
): string {
  const texts: string[] = [];
  let file: string | undefined;
  for (const finding of findings) {
    if (file !== undefined && finding.file !== file) texts.push('');
    file = finding.file;
    const place = [finding.file, finding.line, finding.column]
      .filter((part) => part !== undefined)
      .map(String)
      .map(visible)
      .join(':');
    texts.push(`${paint('bold', place)} ${paint(STYLE[finding.severity], finding.severity)} ${visible(finding.message)}`);
    if (finding.hint !== undefined) texts.push(`    ${paint('dim', 'hint:')} ${visible(finding.hint)}`);
  }
  if (findings.length > 0) texts.push('');
  if (drivers.length > 0) texts.push(...driverTexts(drivers, paint), '');
  return lines([...texts, summaryText(summary)]);
}

function driverTexts(drivers: readonly UsedDriver[], paint: Paint): string[] {
  return drivers.flatMap(({ type, version, package: name, conformance, drift }) => [
    `${paint('bold', 'driver')} ${type}/${version}${name === '' ? '' : ` of ${visible(name)}`}`,
    `    ${visible(conformanceText(conformance))}`,
    ...(drift === undefined ? [] : [`    ${paint('yellow', 'warning:')} ${visible(drift)}`]),
  ]);
}

function summaryText({ files, components, errors, warnings, notes }: CheckSummary): string {
  const parts = [
    errors > 0 && count(errors, 'error'),
    warnings > 0 && count(warnings, 'warning'),
    notes > 0 && count(notes, 'note'),
  ];
  const found = parts.filter((part) => part !== false).join(', ') || 'nothing to report';
  return `${found} in ${count(files, 'file')} with ${count(components, 'component')}`;
}
