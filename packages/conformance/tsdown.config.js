import { defineConfig } from 'tsdown';
import { shared } from '../../tsdown.shared.js';

export default defineConfig({
  ...shared,
  entry: { index: 'src/index.ts', certify: 'src/certify/command-line.ts', child: 'src/child/program.ts' },
});
