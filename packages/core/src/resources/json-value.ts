import type { YamlValue } from './yaml-document.ts';

/** A JSON number by its text, every digit of it. */
class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** `JSON.parse`, but for numbers, which keep their text until `valueOfJson` reads them. Fails with SyntaxError. */
export function parseExactJson(text: string): unknown {
  // Node 22 gives the text of a value; the types of its library do not know it yet.
  return JSON.parse(text, (_, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? new JsonNumber(context?.source ?? String(value)) : value,
  );
}

/** JSON as the decoders of YAML documents take it. It has no places: lines and columns are 0. */
export function valueOfJson(value: unknown): YamlValue {
  const place = { line: 0, column: 0 };
  if (Array.isArray(value)) return { kind: 'list', items: value.map(valueOfJson), ...place };
  const scalar = (text: string, plain: boolean): YamlValue => ({ kind: 'scalar', text, plain, tag: '', ...place });
  if (value instanceof JsonNumber) return scalar(value.text, true);
  if (typeof value !== 'object' || value === null) return scalar(String(value), typeof value !== 'string');
  const entries = Object.entries(value).map(([name, member]) => {
    return [{ kind: 'scalar', text: name, plain: false, tag: '', ...place }, valueOfJson(member)] as const;
  });
  return { kind: 'map', entries, ...place };
}
