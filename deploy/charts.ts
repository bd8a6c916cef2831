// The charts, the values that they are rendered with, and what came out.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A chart and, unless its own are enough, a file of values for it. */
export interface Rendering {
  readonly name: string;
  readonly chart: string;
  readonly values?: string;
}
/** Values that the chart refuses with a message that contains the given one. */
export interface Refusal {
  readonly name: string;
  readonly values: string;
  readonly message: string;
}

const here: string = fileURLToPath(new URL('.', import.meta.url));
export const chart: string = path.join(here, 'helm/coffer');
/** An application's chart that depends on it. */
const exampleChart = path.join(here, '../examples/kubernetes/shop');
export const renderedFolder: string = path.join(here, 'rendered');
export const inputsFile: string = path.join(renderedFolder, 'inputs.sha256');

export const renderings: readonly Rendering[] = [
  ...valuesIn('cases').map(({ name, values }) => ({ name, chart, values })),
  { name: 'shop', chart: exampleChart },
];
/** The first line of each file is the message. */
export const refusals: readonly Refusal[] = valuesIn('refused').map(({ name, values }) => {
  const [, message = ''] = /^# (.+)$/m.exec(readFileSync(values, 'utf8')) ?? [];
  return { name, values, message };
});

/** A digest of everything that the renderings are made from. */
export function inputsDigest(): string {
  const hash = createHash('sha256');
  for (const folder of [path.join(here, 'helm'), exampleChart]) {
    for (const file of filesIn(folder)) hash.update(`${path.relative(folder, file)}\n`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function valuesIn(folder: string): { name: string; values: string }[] {
  const files = readdirSync(path.join(here, 'helm', folder)).sort();
  return files.map((file) => ({ name: path.parse(file).name, values: path.join(here, 'helm', folder, file) }));
}

/** Follows links, as Helm does. Prose makes no difference. */
function filesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.endsWith('.md'))
    .sort()
    .map((name) => path.join(folder, name))
    .flatMap((file) => (statSync(file).isDirectory() ? filesIn(file) : [file]));
}
