import { escaped } from './escaped.ts';
import { STYLES } from './page-styles.ts';
import { type CheckResult, type ConformanceReport, type ExerciseResult, isCertified, totalsOf } from './report.ts';
import { backendText, totalsText } from './terminal.ts';

/** The reports as one page of HTML that needs nothing else: no scripts, no fonts, nothing from elsewhere. */
export function pageOf(reports: readonly ConformanceReport[]): string {
  const [first] = reports;
  const title = first === undefined ? 'No conformance report' : `Conformance of ${first.driver.package} ${first.driver.version}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLES}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${reports.map(reportSection).join('\n')}
</main>
</body>
</html>
`;
}

function reportSection(report: ConformanceReport): string {
  const { driver, backend, kit, date, platform, exercises, operations } = report;
  const certified = isCertified(report);
  const facts: readonly (readonly [string, string])[] = [
    ['Component type', `${driver.type}/${driver.componentVersion} (${driver.status})`],
    ['Features', driver.features.join(', ') || 'none'],
    ['Backend', backendText(backend)],
    ['Kit', `${kit.name} ${kit.version}, contract ${kit.contract}`],
    ['Run', `${date} on ${platform}`],
  ];
  return `<section>
<h2>${escaped(driver.title)} on ${escaped(backendText(backend))}</h2>
<p class="verdict ${certified ? 'passed' : 'failed'}">${certified ? 'Certified' : 'Not certified'}: ${totalsText(exercises)}</p>
<dl>${facts.map(([term, text]) => `<dt>${term}</dt><dd>${escaped(text)}</dd>`).join('')}</dl>
${exercises.map(exerciseBlock).join('\n')}
${operationsBlock(operations)}
</section>`;
}

/** Folded when everything passed, so that what needs attention is what one sees. */
function exerciseBlock({ name, title, checks }: ExerciseResult): string {
  const { passed, failed, skipped } = totalsOf([{ name, title, checks }]);
  const outcome = failed > 0 ? 'failed' : passed === 0 ? 'skipped' : 'passed';
  const total = `${passed} of ${checks.length}${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return `<details${failed > 0 ? ' open' : ''}>
<summary><span class="${outcome}">${escaped(name)}</span> ${escaped(title)} <small>${total}</small></summary>
<ul>${checks.map(checkItem).join('')}</ul>
</details>`;
}

function checkItem({ name, outcome, reason }: CheckResult): string {
  const why = reason === undefined ? '' : `<p>${escaped(reason)}</p>`;
  return `<li class="${outcome}"><b>${outcome}</b> ${escaped(name)}${why}</li>`;
}

function operationsBlock(operations: ConformanceReport['operations']): string {
  if (operations.length === 0) return '';
  const rows = operations.map(({ operation, calls }) => `<tr><td>${escaped(operation)}</td><td>${calls}</td></tr>`).join('');
  return `<h3>Remote operations</h3>
<p>What the driver asked of the service: an identity must be allowed these, and no others.</p>
<table><thead><tr><th>Operation</th><th>Calls</th></tr></thead><tbody>${rows}</tbody></table>`;
}
