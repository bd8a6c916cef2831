import { afterAll, beforeAll, describe, it } from 'vitest';
import { registerConformance } from '../src/index.ts';
import { acmeTestBed } from './acme/test-bed.ts';

registerConformance(acmeTestBed, { describe, it, beforeAll, afterAll });
