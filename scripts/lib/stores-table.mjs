// docs/stores.md: every store of the repository, and what each passed of the conformance kit.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readResults } from '../../backends/lib/results.mjs';
import { root } from './workspace.mjs';

export const STORES_PAGE = path.join(root, 'docs/stores.md');
const FOLDER = path.join(root, 'packages/stores');

/** Driver packages by folder name, each with its description and the reports of its last certification. */
export function driverPackages() {
  return readdirSync(FOLDER)
    .sort()
    .map((name) => {
      const folder = path.join(FOLDER, name);
      const result = path.join(folder, 'conformance.json');
      const reports = existsSync(result) ? JSON.parse(readFileSync(result, 'utf8')).reports : [];
      return { name, folder, description: JSON.parse(readFileSync(path.join(folder, 'component.json'), 'utf8')), reports };
    });
}

/** The whole page. */
export function storesPage(drivers = driverPackages()) {
  return `# Stores

Every store of this repository, and what its driver passed of the [conformance kit](../packages/conformance/README.md). This page is
generated from the result files of the packages and of the backends: \`pnpm certify\` writes the first and the page anew, and \`npm test\`
fails when one is stale.

| Store | Component type | Status | Features |
|---|---|---|---|
${drivers.map(storeRow).join('\n')}

## Certified on

By every run of \`npm test\`. A backend of the tier \`memory\` is part of the driver, a \`fake\` was written for tests.

| Store | Backend | Tier | Passed | Failed | Skipped |
|---|---|---|---|---|---|
${drivers.flatMap(backendRows).join('\n')}

## On real servers and on emulators

When \`npm run test:backends -- --record\` last ran on each ([backends](../backends/README.md) says what each is). Some checks need faults or
refusals that a real service can't be made to give: they are skipped.

| Store | Backend | Passed | Failed | Skipped | Date |
|---|---|---|---|---|---|
${drivers.flatMap(realRows).join('\n')}

## By exercise

Checks that passed, of those that the driver was put to.

${exerciseTable(drivers)}

## Skipped, and why

${drivers.map(skippedSection).filter(Boolean).join('\n\n')}
`;
}

const linkOf = ({ name, description }) => `[${description.title}](../packages/stores/${name}/README.md)`;

function storeRow(driver) {
  const { type, version, status, features } = driver.description;
  return `| ${linkOf(driver)} | \`${type}\` ${version} | ${status} | ${features.map((each) => `\`${each}\``).join(' ')} |`;
}

function backendRows(driver) {
  return driver.reports.map(({ backend, exercises }) => {
    const count = (outcome) => checksOf(exercises).filter((check) => check.outcome === outcome).length;
    const name = backend.version === undefined ? backend.name : `${backend.name} ${backend.version}`;
    return `| ${linkOf(driver)} | ${name} | ${backend.tier} | ${count('passed')} | ${count('failed')} | ${count('skipped')} |`;
  });
}

function realRows(driver) {
  return readResults()
    .filter((result) => result.driver === driver.name)
    .map(({ backend, version, passed, failed, skipped, date }) => {
      return `| ${linkOf(driver)} | ${backend} ${version} | ${passed} | ${failed} | ${skipped} | ${date} |`;
    });
}

/** One column a driver, by the first of its backends. */
function exerciseTable(drivers) {
  const certified = drivers.filter(({ reports }) => reports.length > 0);
  const names = [...new Set(certified.flatMap(({ reports }) => reports[0].exercises.map(({ name }) => name)))];
  const header = ['Exercise', ...certified.map(({ name }) => name)];
  const rows = names.map((name) => [
    name,
    ...certified.map(({ reports }) => {
      const checks = reports[0].exercises.find((exercise) => exercise.name === name)?.checks ?? [];
      return `${checks.filter(({ outcome }) => outcome === 'passed').length} of ${checks.length}`;
    }),
  ]);
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function skippedSection(driver) {
  const rows = driver.reports.flatMap(({ backend, exercises }) => {
    const reasons = new Map();
    for (const { outcome, reason } of checksOf(exercises)) {
      if (outcome === 'skipped') reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    return [...reasons].map(([reason, times]) => `- ${backend.name}: ${reason}${times > 1 ? ` (${times} checks)` : ''}`);
  });
  return rows.length === 0 ? '' : `### ${driver.description.title}\n\n${rows.join('\n')}`;
}

const checksOf = (exercises) => exercises.flatMap(({ checks }) => checks);
