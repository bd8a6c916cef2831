import { defineConfig } from 'tsdown';
import { shared } from '../../tsdown.shared.js';

export default defineConfig({
  ...shared,
  entry: { main: 'src/main.ts', index: 'src/index.ts' },
});
