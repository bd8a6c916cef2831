import { defineConfig } from 'tsdown';
import { shared } from '../../tsdown.shared.js';

export default defineConfig({
  ...shared,
  entry: { index: 'src/index.ts', 'driver/index': 'src/driver/index.ts', internal: 'src/internal.ts' },
  // In the bundle: docs/decisions/2026-11-24-bundled-yaml.md and 2026-11-25-cel.md.
  noExternal: ['yaml', '@marcbachmann/cel-js'],
});
