import { registerConformance } from '@coffer/conformance';
import * as vitest from 'vitest';
import { testBeds } from './test-beds.ts';

const resultFile = new URL('../conformance.json', import.meta.url);
for (const testBed of testBeds) registerConformance(testBed, vitest, { resultFile });
