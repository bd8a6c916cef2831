import { readFile } from 'node:fs/promises';
import { decodeComponent, isOfKind } from './component.ts';
import { listDirectory, osErrorText } from './directory.ts';
import { splitDocuments, type TextDocument } from './documents.ts';
import type { Component, Problem } from './types.ts';
import { parseYaml, YamlError } from './yaml-document.ts';

export interface ReadComponents {
  /** Every component of every readable document, of any category, in load order. */
  readonly components: readonly Component[];
  /** For people: each with its place and what to do. */
  readonly problems: readonly Problem[];
  /** The reference's log lines for them. */
  readonly warnings: readonly string[];
}

/** Reads the component files of the directories, in order. Fails with `DirectoryError` when one can't be listed. */
export async function readComponents(directories: readonly string[]): Promise<ReadComponents> {
  const results: ReadComponents[] = [];
  for (const directory of directories) {
    const { files, others } = await listDirectory(directory);
    const warnings = others.map((name) => `A non-YAML Component file ${name} was detected, it will not be loaded`);
    results.push({ components: [], problems: [], warnings });
    for (const file of files) results.push(await readComponentFile(file));
  }
  return {
    components: results.flatMap(({ components }) => components),
    problems: results.flatMap(({ problems }) => problems),
    warnings: results.flatMap(({ warnings }) => warnings),
  };
}

/** Reads one file. A document that can't be read is a problem and does not hurt the others; nothing is thrown. */
export async function readComponentFile(file: string): Promise<ReadComponents> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const reason = osErrorText(cause);
    const operation = reason === 'is a directory' ? 'read' : 'open';
    return {
      components: [],
      problems: [
        {
          severity: 'error',
          file,
          message: `the file can't be read: ${reason}`,
          hint: 'check that it exists and who may read it',
        },
      ],
      warnings: [`daprd load Component error when opening file ${file}: ${operation} ${file}: ${reason}`],
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
      const component = parseDocument(document, file, problems);
      if (component) components.push(component);
    } catch (cause) {
      if (!(cause instanceof YamlError)) throw cause;
      errors.push(cause.message);
      const { line, column, message } = cause;
      problems.push({ severity: 'error', file, document: document.document, line, column, ...describe(message, document) });
    }
  }
  const prefix = `daprd load Component error when parsing manifests yaml resource in ${file}: `;
  return { components, problems, warnings: errors.length === 0 ? [] : [prefix + errors.join('\n')] };
}

function parseDocument(document: TextDocument, file: string, problems: Problem[]): Component | undefined {
  const value = parseYaml(document.text, document.line, { uniqueKeys: false });
  if (value === undefined) return undefined;
  if (!isOfKind(value, 'Component')) return undefined;
  return decodeComponent(value, { file, document: document.document, line: document.line }, (path, { line, column }, nearest) => {
    problems.push({
      severity: 'warning',
      file,
      document: document.document,
      line,
      column,
      field: path,
      message: `${path} is not a member of a component and is ignored`,
      ...(nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }),
    });
  });
}

/** The message for people, and what to do about it. */
function describe(message: string, { text }: TextDocument): { message: string; hint: string } {
  const plain = message.replace(/^line \d+: /, '');
  const field = /^(\S+) is a /.exec(plain)?.[1];
  let hint = 'this document is skipped; the other documents of the file are loaded';
  if (field?.endsWith('ignoreErrors')) hint = 'write ignoreErrors: true, without quotes';
  else if (/^\t/m.test(text)) hint = 'YAML does not allow tabs for indentation: use spaces';
  else if (plain.startsWith('invalid name')) hint = 'choose a name that can stand in a URL path';
  return { message: plain, hint, ...(field === undefined ? {} : { field }) };
}
