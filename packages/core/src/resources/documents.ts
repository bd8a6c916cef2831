/** A document of a resource file: its text, its number and its first line in the file, both from 1. */
export interface TextDocument {
  readonly text: string;
  readonly document: number;
  readonly line: number;
}

const SEPARATOR = '\n---';

/**
 * Splits a file as the reference does, by lines and not by YAML: a line that starts with `---` separates, unless it is the
 * first of its document; what follows the dashes on that line is dropped. A last line `---text` without a line end takes
 * the document before it with it.
 */
export function splitDocuments(file: string): TextDocument[] {
  const text = file.startsWith('\ufeff') ? file.slice(1) : file;
  const documents: TextDocument[] = [];
  let [start, line] = [0, 1];
  while (start < text.length) {
    const end = text.indexOf(SEPARATOR, start);
    const afterMarker = end + SEPARATOR.length;
    const lineEnd = end < 0 ? -1 : text.indexOf('\n', afterMarker);
    if (end >= 0 && lineEnd < 0 && afterMarker < text.length) break;
    const document = text.slice(start, end < 0 ? undefined : end);
    documents.push({ text: document, document: documents.length + 1, line });
    if (lineEnd < 0) break;
    line += document.split('\n').length + 1;
    start = lineEnd + 1;
  }
  return documents;
}
