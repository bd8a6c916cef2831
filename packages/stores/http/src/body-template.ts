import { placeholderOf, TemplateError, type Values } from './placeholder.ts';

/** A JSON document with placeholders. */
export interface BodyTemplate {
  readonly document: unknown;
  readonly variables: ReadonlySet<string>;
}

/** Reads the text of a setting. Fails with `TemplateError`. */
export function bodyTemplateOf(text: string): BodyTemplate {
  const variables = new Set<string>();
  let document: unknown;
  try {
    document = JSON.parse(text, (_, value: unknown) => {
      const variable = typeof value === 'string' ? placeholderOf(value)?.variable : undefined;
      if (variable !== undefined) variables.add(variable);
      return value;
    });
  } catch (cause) {
    // Its message quotes the text.
    if (cause instanceof SyntaxError) throw new TemplateError('is not JSON', 'such as {"secret": "{name}"}');
    throw cause;
  }
  return { document, variables };
}

/** The document with its placeholders filled in; members and items without a value are left out. */
export function filledBody({ document }: BodyTemplate, values: Values): string {
  return JSON.stringify(filled(document, values) ?? null);
}

function filled(node: unknown, values: Values): unknown {
  if (typeof node === 'string') {
    const placeholder = placeholderOf(node);
    return placeholder === undefined ? node : values(placeholder.variable);
  }
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([name, member]) => [name, filled(member, values)] as const);
  const given = entries.filter(([, member]) => member !== undefined);
  return Array.isArray(node) ? given.map(([, member]) => member) : Object.fromEntries(given);
}
