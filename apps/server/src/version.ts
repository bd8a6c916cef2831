import { readFileSync } from 'node:fs';

/** Version of this package: `0.1.0`. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;

/** What `--build-info` prints. */
export const BUILD_INFO: string = `Version: ${VERSION}\nGit Commit: none\nGit Version: ${VERSION}\n`;
