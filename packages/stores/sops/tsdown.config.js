import { defineConfig } from 'tsdown';
import { shared } from '../../../tsdown.shared.js';

export default defineConfig({
  ...shared,
  entry: { definition: 'src/definition.ts' },
});
