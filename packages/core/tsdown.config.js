import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: { index: 'src/index.ts', 'driver/index': 'src/driver/index.ts', internal: 'src/internal.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node22.19',
  dts: true,
  // In the bundle: docs/decisions/2026-11-24-bundled-yaml.md and 2026-11-25-cel.md.
  noExternal: ['yaml', '@marcbachmann/cel-js'],
  fixedExtension: false,
});
