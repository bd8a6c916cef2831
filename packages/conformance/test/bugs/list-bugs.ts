import { type SeededBug, withDefinition } from './seeded-bug.ts';

export const listBugs: readonly SeededBug[] = [
  {
    name: 'has a list method that it does not announce',
    caughtBy: 'list',
    check: 'has no list method, as it does not declare LIST',
    testBed: withDefinition({ features: [] }),
  },
];
