import { readFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string };

/** Version of this package, `0.1.0`; `edge` for one that was never released, in the reference's words. */
export const VERSION: string = version === '0.0.0' ? 'edge' : version;

/** What `--build-info` prints. */
export const BUILD_INFO: string = `Version: ${VERSION}\nGit Commit: none\nGit Version: ${VERSION}\n`;
