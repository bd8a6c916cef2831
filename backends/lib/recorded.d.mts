import type { Counts } from './report.mjs';

export function countsOf(output: string): Counts;
export function divided<Case>(
  cases: readonly Case[],
  known: Readonly<Record<string, string>>,
): { readonly possible: readonly Case[]; readonly impossible: readonly Case[] };
