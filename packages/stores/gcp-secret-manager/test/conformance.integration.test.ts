import { registerConformance } from '@coffer/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { realBeds } from './real-beds.ts';

for (const testBed of realBeds) registerConformance(testBed, { describe, it, beforeAll, afterAll });
