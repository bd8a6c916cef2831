import { configDefaults, defineConfig } from 'vitest/config';

/** How every package runs its tests. `npm test` adds the reports up. */
export const shared = defineConfig({
  // Workspace packages resolve to each other's sources: tests need no build, but for those that start a program.
  ssr: { resolve: { conditions: ['@coffer/source'] } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // They need a real backend: npm run test:backends.
    exclude: [...configDefaults.exclude, '**/*.integration.test.ts'],
    typecheck: { enabled: true, include: ['src/**/*.test-d.ts'] },
    // Many tests start a program and mostly wait for it, on machines that do other things as well.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', 'json'],
    outputFile: { json: '.vitest/report.json' },
  },
});
