import { mergeConfig } from 'vitest/config';
import { shared } from '../../vitest.shared.js';

// Most tests start the program several times, on machines that do other things as well.
export default mergeConfig(shared, { test: { testTimeout: 60_000 } });
