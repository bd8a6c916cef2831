import { defineConfig } from 'vitest/config';

/** How every package runs its tests. `npm test` adds the reports up. */
export const shared = defineConfig({
  // Workspace packages resolve to each other's sources: tests need no build, but for those that start a program.
  ssr: { resolve: { conditions: ['@coffer/source'] } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    typecheck: { enabled: true, include: ['src/**/*.test-d.ts'] },
    reporters: ['default', 'json'],
    outputFile: { json: '.vitest/report.json' },
  },
});
