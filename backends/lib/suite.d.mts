import type { Counts } from './report.mjs';

export function countsOf(tests: readonly { readonly state: string; readonly note?: string }[], code: number): Counts;
