// Renders the charts with Helm itself, into rendered/. The tests look at what is there, so that they need nothing but Node.
//   npm run charts              with the Helm that Go builds from its module (the first time takes minutes)
//   HELM=helm npm run charts    with that program
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chart, inputsDigest, inputsFile, refusals, renderedFolder, renderings } from './charts.ts';

const HELM_MODULE = 'helm.sh/helm/v4/cmd/helm@v4.3.1';
// In a folder without a module, so that Go takes no other module's word for the versions.
const cwd = os.tmpdir();

const helm = findHelm();
if (helm === undefined) {
  console.log('skipped: neither does HELM name a program nor is Go installed');
} else {
  console.log(`helm ${succeed(['version', '--short']).trim()}`);
  process.exitCode = renderAll() ? 0 : 1;
}

function findHelm(): [string, ...string[]] | undefined {
  if (process.env.HELM) return [process.env.HELM];
  return spawnSync('go', ['version'], { cwd }).status === 0 ? ['go', 'run', HELM_MODULE] : undefined;
}

/** Answers whether the chart also refuses what it should. */
function renderAll(): boolean {
  mkdirSync(renderedFolder, { recursive: true });
  for (const name of readdirSync(renderedFolder)) rmSync(path.join(renderedFolder, name));
  for (const { name, chart, values } of renderings) {
    const flags = values === undefined ? [] : ['--values', values];
    succeed(['lint', '--strict', chart, ...flags]);
    const text = succeed(['template', 'demo', chart, '--namespace', 'shop', ...flags]);
    writeFileSync(path.join(renderedFolder, `${name}.yaml`), text);
    console.log(`✓ ${name}`);
  }
  const wrong = refusals.filter(
    ({ values, message }) => !failure(['template', 'demo', chart, '--values', values]).includes(message),
  );
  for (const { name, message } of wrong) console.error(`✗ ${name}: not refused with "${message}"`);
  const kinds = [kindsWith('true'), kindsWith('false')];
  if (kinds.join() !== '3,0') console.error(`✗ crds.install: true and false install ${kinds.join(' and ')} kinds`);
  writeFileSync(inputsFile, `${inputsDigest()}\n`);
  return wrong.length === 0 && kinds.join() === '3,0';
}

/** How many kinds are installed with that value of crds.install. */
function kindsWith(install: string): number {
  const values = renderings[0]?.values ?? '';
  const text = succeed(['template', 'demo', chart, '--include-crds', '--values', values, '--set', `crds.install=${install}`]);
  return text.split('\nkind: CustomResourceDefinition\n').length - 1;
}

function succeed(args: readonly string[]): string {
  const { status, stdout, stderr } = runHelm(args);
  if (status !== 0) throw new Error(`helm ${args.join(' ')}\n${stderr}`);
  return stdout;
}

/** What is said; empty when it did not fail. */
function failure(args: readonly string[]): string {
  const { status, stderr } = runHelm(args);
  return status === 0 ? '' : stderr;
}

function runHelm(args: readonly string[]) {
  const [program, ...first] = helm ?? [''];
  return spawnSync(program, [...first, ...args], { cwd, encoding: 'utf8' });
}
