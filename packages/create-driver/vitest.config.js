import { mergeConfig } from 'vitest/config';
import { shared } from '../../vitest.shared.js';

export default mergeConfig(shared, {
  test: {
    // The driver that is written is a driver here too. The kit wants a package around it, and meets it in end-to-end.test.ts.
    include: ['template/driver/**/*.test.ts'],
    exclude: ['template/driver/test/conformance.test.ts'],
  },
});
