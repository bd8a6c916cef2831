import { registerConformance } from '@coffer/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { testBeds } from './test-beds.ts';

for (const testBed of testBeds) registerConformance(testBed, { describe, it, beforeAll, afterAll });
