import { readingBugs } from './reading-bugs.ts';
import type { SeededBug } from './seeded-bug.ts';

export const SEEDED_BUGS: readonly SeededBug[] = [...readingBugs];
