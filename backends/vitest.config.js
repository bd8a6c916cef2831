import { writeFileSync } from 'node:fs';
import { configDefaults, defineConfig, mergeConfig } from 'vitest/config';
import { shared } from '../vitest.shared.js';

/** Leaves the state of every test, and why it was skipped, for run.mjs. */
class StateReporter {
  onTestRunEnd(modules) {
    const tests = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result()));
    const states = tests.map(({ state, note }) => ({ state, note }));
    if (process.env.COFFER_BACKENDS_REPORT) writeFileSync(process.env.COFFER_BACKENDS_REPORT, JSON.stringify(states));
  }
}

const common = mergeConfig(shared, { test: {} });
delete common.test.outputFile;

/** The suites that need a real backend, and only those. */
const config = defineConfig({
  ...common,
  test: {
    ...common.test,
    include: ['test/**/*.integration.test.ts'],
    exclude: configDefaults.exclude,
    typecheck: { enabled: false },
    reporters: ['default', new StateReporter()],
    // One server for all of them.
    fileParallelism: false,
  },
});

export { config as default };
