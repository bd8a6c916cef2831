/** A document of a resource file: its text, its number and its first line in the file, both from 1. */
export interface TextDocument {
  readonly text: string;
  readonly document: number;
  readonly line: number;
}

/**
 * Splits a file as the reference does, by lines and not by YAML: a line that starts with `---` separates, except the very
 * first one; what follows the dashes on that line is dropped. A last line `---text` without a line end takes the document
 * before it with it.
 */
export function splitDocuments(file: string): TextDocument[] {
  const text = file.startsWith('\ufeff') ? file.slice(1) : file;
  const lines = text.split('\n');
  const documents: TextDocument[] = [];
  let start = 0;
  const push = (end: number) => {
    documents.push({ text: lines.slice(start, end).join('\n'), document: documents.length + 1, line: start + 1 });
  };
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] as string;
    if (!line.startsWith('---')) continue;
    const isLast = at === lines.length - 1;
    if (!(isLast && line.trim() !== '---')) push(at);
    start = at + 1;
  }
  if (start < lines.length) push(lines.length);
  return documents;
}
