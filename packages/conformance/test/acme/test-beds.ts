import type { TestBed } from '../../src/index.ts';
import { acmeTestBed } from './test-bed.ts';

export const testBeds: readonly TestBed[] = [acmeTestBed];
