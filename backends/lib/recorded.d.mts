import type { Counts } from './report.mjs';

export function countsOf(output: string): Counts;
