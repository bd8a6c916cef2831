import { FileFault, sameName } from '../file-fault.ts';
import type { SopsMap, SopsNode } from './tree.ts';

/** The section of what stands above all others. */
const TOP = 'DEFAULT';
const HINT = 'let sops write the file (`sops edit`), or set `format` if it is no INI file';
const SECTION = /^\[(.+)\]\s*$/;
const ENTRY = /^(?:("""|`)(.+?)\1|([^=:]+?))\s*[=:]\s*/;

/**
 * The sections of an INI file, as sops writes them: comments on lines of their own, values plain or quoted where they need
 * it. Fails with `FileFault`.
 */
export function parseIni(text: string): SopsMap {
  const sections = new Map<string, Map<string, SopsNode>>();
  let section = sectionNamed(TOP, sections);
  const lines = text.replaceAll('\r\n', '\n').split('\n').entries();
  for (const [index, line] of lines) {
    const trimmed = line.trim();
    if (trimmed === '' || /^[#;]/.test(trimmed)) continue;
    const [, name] = SECTION.exec(trimmed) ?? [];
    if (name !== undefined) {
      section = sectionNamed(name, sections);
      continue;
    }
    const entry = ENTRY.exec(line.trimStart());
    if (!entry) throw new FileFault(`line ${index + 1} is neither a section nor a value`, HINT);
    const key = entry[2] ?? (entry[3] as string);
    if (section.has(key)) throw sameName(key);
    const rest = line.trimStart().slice(entry[0].length);
    section.set(key, textAfter(rest, lines, index));
  }
  return sections;
}

function sectionNamed(name: string, sections: Map<string, Map<string, SopsNode>>): Map<string, SopsNode> {
  const known = sections.get(name);
  if (known && (name !== TOP || known.size > 0)) throw new FileFault(`two sections have the name ${name}`, HINT);
  const section = known ?? new Map<string, SopsNode>();
  sections.set(name, section);
  return section;
}

/** What follows the sign; one that begins with a quote of several lines goes on until the next. */
function textAfter(rest: string, lines: IterableIterator<[number, string]>, index: number): string {
  const [quote] = /^(?:"""|`)/.exec(rest) ?? [];
  if (quote === undefined) return withoutQuotes(rest.trim());
  let text = '';
  for (let line = rest.slice(quote.length); ; text += '\n') {
    const end = line.lastIndexOf(quote);
    if (end !== -1) return text + line.slice(0, end);
    const next = lines.next();
    if (next.done) throw new FileFault(`the quote in line ${index + 1} is not closed`, HINT);
    text += line;
    [, line] = next.value;
  }
}

/** Spaces at either end stand between quotes. */
function withoutQuotes(text: string): string {
  return /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text;
}
