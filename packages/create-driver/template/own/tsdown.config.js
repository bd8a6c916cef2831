import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: { definition: 'src/definition.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node22.19',
  dts: true,
  fixedExtension: false,
});
