import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** A metric in an expression. */
export interface Selector {
  readonly metric: string;
  /** Labels that it is matched by. */
  readonly matched: readonly string[];
  /** Functions around it, the innermost first. */
  readonly functions: readonly string[];
}
export interface Expression {
  readonly selectors: readonly Selector[];
  /** Labels that the result is grouped by, or that series are matched on. */
  readonly grouped: readonly string[];
}

/** Reads a PromQL expression. Throws an Error that shows the place where it is none. */
export function parseExpression(text: string): Expression {
  const selectors: Selector[] = [];
  const grouped: string[] = [];
  const textOf = ({ from, to }: { from: number; to: number }): string => text.slice(from, to);
  parser.parse(text).iterate({
    enter: ({ node, name, type, from }) => {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${text.slice(0, from)}⟨here⟩${text.slice(from)}`);
      if (name === 'GroupingLabels') grouped.push(...node.getChildren('LabelName').map(textOf));
      if (name === 'VectorSelector') {
        const [metric] = node.getChildren('Identifier');
        if (metric === undefined) throw new Error(`no name of a metric in ${textOf(node)}`);
        const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
        const matched = matchers.flatMap((matcher) => matcher.getChildren('LabelName')).map(textOf);
        selectors.push({ metric: textOf(metric), matched, functions: functionsAround(node).map(textOf) });
      }
    },
  });
  return { selectors, grouped };
}

function functionsAround(node: SyntaxNode): SyntaxNode[] {
  const functions: SyntaxNode[] = [];
  for (let at = node.parent; at !== null; at = at.parent) {
    const name = at.getChild('FunctionIdentifier');
    if (name !== null) functions.push(name);
  }
  return functions;
}
