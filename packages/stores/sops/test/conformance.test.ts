import { registerConformance } from '@coffer/conformance';
import * as vitest from 'vitest';
import { testBeds } from './test-beds.ts';

for (const testBed of testBeds) registerConformance(testBed, vitest);
