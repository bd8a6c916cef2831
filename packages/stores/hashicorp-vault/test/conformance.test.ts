import { EXERCISES, registerConformance } from '@coffer/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { testBeds } from './test-beds.ts';

/** Where it makes a difference to the driver that an engine keeps no versions. The whole of it is in the published result. */
const OF_DATA = ['contract', 'get', 'names', 'values', 'bulk', 'list', 'versions', 'multi-key', 'operations'];

const resultFile = new URL('../conformance.json', import.meta.url);
for (const [index, testBed] of testBeds.entries()) {
  const exercises = index === 0 ? {} : { exercises: EXERCISES.filter(({ name }) => OF_DATA.includes(name)) };
  registerConformance(testBed, { describe, it, beforeAll, afterAll }, { ...exercises, resultFile });
}
