import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packageFolders, root } from './workspace.mjs';

const BIN = path.join(root, 'node_modules/.bin');
// Linux reads at most 255 bytes of the first line.
const LONGEST = 240;

/**
 * Replaces pnpm's launchers of the apps by ones without a shell, which start the pinned Node at once. A shell adds PWD and
 * NODE_PATH to the environment and drops variables whose names are no identifiers, and a store that serves the environment
 * would show it. Where the first line of a script can't name Node (Windows, a path with a space) pnpm's stay.
 */
export function writeLaunchers() {
  const node = realpathSync(path.join(root, 'node_modules/node/bin/node'));
  if (process.platform === 'win32' || /\s/.test(node) || node.length > LONGEST) return;
  for (const folder of packageFolders()) {
    const { bin = {} } = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
    for (const [name, target] of Object.entries(bin)) {
      const launcher = path.join(BIN, name);
      const text = `#!${node}\nimport(${JSON.stringify(path.relative(BIN, path.join(root, folder, target)))});\n`;
      if (isCurrent(launcher, text)) continue;
      rmSync(launcher, { force: true });
      writeFileSync(launcher, text, { mode: 0o755 });
    }
  }
}

function isCurrent(file, text) {
  try {
    return readFileSync(file, 'utf8') === text;
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}
