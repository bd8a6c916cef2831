import { lstat } from 'node:fs/promises';
import { osErrorCode, osErrorText } from '../driver/index.ts';
import { decodeComponent, isOfKind } from './component.ts';
import { isNull } from './decode.ts';
import { fileErrorText, listDirectory } from './directory.ts';
import { splitDocuments, type TextDocument } from './documents.ts';
import { readText } from './read-text.ts';
import type { Component, Problem } from './types.ts';
import { parseYaml, YamlError } from './yaml-document.ts';

/** A part of the resources that could not be read: what was in it before is not known to be gone. */
export interface UnreadableResource {
  readonly kind: 'directory' | 'file';
  /** A component came from it when its `source.file` is this path, or lies in it. */
  readonly path: string;
  /** In the reference's words: `open /components/a.yaml: permission denied`. */
  readonly message: string;
}

export interface ReadComponents {
  /** Every component of every readable document, of any category, in load order. */
  readonly components: readonly Component[];
  /** For people: each with its place and what to do. */
  readonly problems: readonly Problem[];
  /** The reference's log lines for them. */
  readonly warnings: readonly string[];
  /** What could not be opened; its problems and warnings are among the others. */
  readonly unreadable: readonly UnreadableResource[];
}

/** Reads the component files of the directories, in order. Fails with `DirectoryError` when one can't be listed. */
export async function readComponents(directories: readonly string[]): Promise<ReadComponents> {
  const results: ReadComponents[] = [];
  for (const directory of directories) {
    const { files, others } = await listDirectory(directory);
    const warnings = others.map((name) => `A non-YAML Component file ${name} was detected, it will not be loaded`);
    results.push({ components: [], problems: [], warnings, unreadable: [] });
    for (const file of files) {
      const read = await readComponentFile(file);
      // One that was deleted since the directory was listed is as if it had not been there.
      if (read.unreadable.length === 0 || (await isThere(file))) results.push(read);
    }
  }
  return {
    components: results.flatMap(({ components }) => components),
    problems: results.flatMap(({ problems }) => problems),
    warnings: results.flatMap(({ warnings }) => warnings),
    unreadable: results.flatMap(({ unreadable }) => unreadable),
  };
}

function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    (cause) => osErrorCode(cause) !== 'ENOENT',
  );
}

/** Reads one file. A document that can't be read is a problem and does not hurt the others; nothing is thrown. */
export async function readComponentFile(file: string): Promise<ReadComponents> {
  let text: string;
  try {
    text = await readText(file);
  } catch (cause) {
    const message = `the file can't be read: ${osErrorText(cause)}`;
    const text = fileErrorText(file, cause);
    return {
      components: [],
      problems: [{ severity: 'error', file, message, hint: 'check that it exists and who may read it' }],
      warnings: [`daprd load Component error when opening file ${file}: ${text}`],
      unreadable: [{ kind: 'file', path: file, message: text }],
    };
  }
  return parseComponents(text, file);
}

/** Parses the documents of one file's text. `file` is for messages only. */
export function parseComponents(text: string, file: string): ReadComponents {
  const components: Component[] = [];
  const problems: Problem[] = [];
  const errors: string[] = [];
  for (const document of splitDocuments(text)) {
    try {
      const component = parseComponent(document, file, problems);
      if (component) components.push(component);
    } catch (cause) {
      if (!(cause instanceof YamlError)) throw cause;
      errors.push(cause.message);
      problems.push(problemOf(cause, document, file));
    }
  }
  const prefix = `daprd load Component error when parsing manifests yaml resource in ${file}: `;
  return { components, problems, warnings: errors.length === 0 ? [] : [prefix + errors.join('\n')], unreadable: [] };
}

function parseComponent({ text, document, line }: TextDocument, file: string, problems: Problem[]): Component | undefined {
  const value = parseYaml(text, line, { uniqueKeys: false });
  if (value === undefined || isNull(value) || !isOfKind(value, 'Component')) return undefined;
  return decodeComponent(value, { file, document, line }, (at, field, message, hint) => {
    const place = { file, document, line: at.line, column: at.column, field };
    problems.push({ severity: 'warning', ...place, message, ...(hint === undefined ? {} : { hint }) });
  });
}

/** What went wrong, where, and what to do about it. */
function problemOf({ detail, field, line, column }: YamlError, { text, document }: TextDocument, file: string): Problem {
  const place = { file, document, line, column, ...(field === undefined ? {} : { field }) };
  return { severity: 'error', ...place, message: detail, hint: hintFor(field, text) };
}

function hintFor(field: string | undefined, text: string): string {
  if (field === 'spec.ignoreErrors') return 'write ignoreErrors: true, without quotes';
  if (field === 'metadata.name') return 'choose a name that can stand in a URL path';
  if (field === undefined && /^[ ]*\t/m.test(text)) return 'YAML does not allow tabs for indentation: use spaces';
  return 'this document is skipped; the other documents of the file are loaded';
}
