import { readFile } from 'node:fs/promises';
import { parseYaml, splitDocuments, YamlError, type YamlValue } from '@coffer/core/internal';

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The documents of a resource file by number from 0; undefined for those that are empty or can't be parsed. */
export async function readTrees(file: string): Promise<readonly (YamlValue | undefined)[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return splitDocuments(text).map(({ text: document, line }) => parseOrNothing(document, line));
}

/** Where each entry of `spec.secrets.scopes` stands: in the last Configuration file that has the list. */
export async function placesOfScopes(files: readonly string[]): Promise<readonly Place[]> {
  for (const file of [...files].reverse()) {
    const scopes = memberAt(parseOrNothing(await readFile(file, 'utf8'), 1), ['spec', 'secrets', 'scopes']);
    if (scopes?.kind === 'list') return scopes.items.map(({ line, column }) => ({ file, line, column }));
  }
  return [];
}

/** The value at a path of member names (whose case does not matter) and indexes. */
export function memberAt(tree: YamlValue | undefined, path: readonly (string | number)[]): YamlValue | undefined {
  let value = tree;
  for (const step of path) {
    if (typeof step === 'number') value = value?.kind === 'list' ? value.items[step] : undefined;
    else {
      const wanted = step.toLowerCase();
      const entries = value?.kind === 'map' ? value.entries : [];
      value = entries.findLast(([key]) => key.text.toLowerCase() === wanted)?.[1];
    }
  }
  return value;
}

/** Files that can't be parsed are told of by those who read them. */
function parseOrNothing(text: string, line: number): YamlValue | undefined {
  try {
    return parseYaml(text, line, { uniqueKeys: false });
  } catch (cause) {
    if (cause instanceof YamlError) return undefined;
    throw cause;
  }
}
