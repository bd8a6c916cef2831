import { inspect } from 'node:util';

/** Objects after which one has seen enough of a graph. */
const MOST = 5_000;

/** Everything that somebody could print of it: by its own words, and what it holds, by the path to it. */
export function* textsOf(root: unknown): Generator<{ readonly where: string; readonly text: string }> {
  yield* printedOf(root);
  const seen = new Set<object>();
  const left: { readonly where: string; readonly value: unknown }[] = [{ where: '', value: root }];
  for (let at = 0; at < left.length && seen.size < MOST; at++) {
    const { where, value } = left[at] as (typeof left)[number];
    if (typeof value === 'string') yield { where, text: value };
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (ArrayBuffer.isView(value)) {
      yield { where, text: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1') };
      continue;
    }
    if (value instanceof Map || value instanceof Set)
      left.push(...[...value].map((each) => ({ where: `${where}[…]`, value: each as unknown })));
    for (const key of Reflect.ownKeys(value)) {
      const member = Object.getOwnPropertyDescriptor(value, key)?.value as unknown;
      left.push({ where: `${where}.${String(key)}`, value: member });
    }
  }
}

function* printedOf(root: unknown): Generator<{ readonly where: string; readonly text: string }> {
  yield { where: ' by String()', text: String(root) };
  yield { where: ' by JSON.stringify', text: jsonOf(root) };
  yield { where: ' by util.inspect', text: inspect(root, { depth: 12, showHidden: true, maxStringLength: null }) };
}

function jsonOf(root: unknown): string {
  try {
    return JSON.stringify(root) ?? '';
  } catch (cause) {
    // A cycle: nobody can print it this way.
    if (cause instanceof TypeError) return '';
    throw cause;
  }
}
