import { writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { EXERCISES } from '../exercises/index.ts';
import { badgeOf } from '../report/badge.ts';
import { pageOf } from '../report/page.ts';
import { type ConformanceReport, isCertified } from '../report/report.ts';
import { resultText } from '../report/result-file.ts';
import { type Style, summaryText, TerminalReport } from '../report/terminal.ts';
import { runConformance } from '../running/run-conformance.ts';
import type { TestBed } from '../test-bed.ts';
import { CannotCertify } from './cannot-certify.ts';
import { readCertifiedPackage } from './certified-package.ts';

export interface CertifyOptions {
  /** Folder or name of the driver package. */
  readonly package: string;
  readonly workingDirectory: string;
  /** Only test beds whose backend has this name. */
  readonly backend?: string | undefined;
  /** Only these exercises, by name. The run then certifies nothing and writes no files. */
  readonly only?: readonly string[] | undefined;
  /** Whether result file, page and badge are written. */
  readonly write: boolean;
  readonly style: Style;
  /** Hears lines for people, as they come. */
  readonly tell: (line: string) => void;
}

export interface Certification {
  readonly certified: boolean;
  readonly reports: readonly ConformanceReport[];
  /** Files that were written. */
  readonly files: readonly string[];
}

/** Runs the kit on every test bed of a driver package. Fails with `CannotCertify`. */
export async function certify(options: CertifyOptions): Promise<Certification> {
  const { tell, style, only, write } = options;
  const exercises = only === undefined ? EXERCISES : EXERCISES.filter(({ name }) => only.includes(name));
  const unknown = only?.find((name) => !EXERCISES.some((exercise) => exercise.name === name));
  if (unknown !== undefined) {
    throw new CannotCertify(`there is no exercise ${unknown}`, `there are ${EXERCISES.map(({ name }) => name).join(', ')}`);
  }
  const { testBeds, resultFile } = await readCertifiedPackage(options.package, options.workingDirectory);
  const reports: ConformanceReport[] = [];
  for (const testBed of chosen(testBeds, options.backend)) {
    const terminal = new TerminalReport(testBed, style, tell);
    const report = await runConformance(testBed, { exercises, onResult: terminal.take });
    terminal.end(report);
    reports.push(report);
  }
  const certified = reports.every(isCertified);
  tell(summaryText(reports, style));
  const files = write && only === undefined ? await writeFiles(reports, resultFile) : [];
  for (const file of files) tell(style.dim(`wrote ${file}`));
  return { certified, reports, files };
}

function chosen(testBeds: readonly TestBed[], name: string | undefined): readonly TestBed[] {
  if (name === undefined) return testBeds;
  const named = testBeds.filter(({ backend }) => backend.name === name);
  if (named.length > 0) return named;
  throw new CannotCertify(
    `no test bed has the backend ${JSON.stringify(name)}`,
    `there are ${testBeds.map(({ backend }) => JSON.stringify(backend.name)).join(', ')}`,
  );
}

/** The result file, and beside it the page and the badge under the same name. */
async function writeFiles(reports: readonly ConformanceReport[], resultFile: string): Promise<readonly string[]> {
  const sibling = (extension: string): string =>
    join(dirname(resultFile), `${basename(resultFile, extname(resultFile))}${extension}`);
  const contents = new Map([
    [resultFile, resultText(reports)],
    [sibling('.html'), pageOf(reports)],
    [sibling('.svg'), badgeOf(reports)],
  ]);
  for (const [file, text] of contents) await writeFile(file, text);
  return [...contents.keys()];
}
