import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { askThroughSdk } from '../lib/sdk.mjs';
import { isInstalled } from '../lib/tools.mjs';

const PROJECT = fileURLToPath(new URL('pom.xml', import.meta.url));

export const name = 'java';

export async function missing() {
  if (!(await isInstalled('mvn', '--version'))) return 'mvn is not installed';
  return (await isInstalled('javac', '--release', '17', '--version')) ? undefined : 'javac of Java 17 or later is not installed';
}

export async function run(tools) {
  const output = tools.cacheDirectory('java');
  await tools.run('mvn', ['-B', '-q', '-f', PROJECT, `-Doutput=${output}`, 'compile', 'dependency:build-classpath']);
  const libraries = readFileSync(path.join(output, 'classpath.txt'), 'utf8').trim();
  const classpath = [path.join(output, 'classes'), libraries].join(path.delimiter);
  return askThroughSdk(tools, ['java', '-cp', classpath, 'dev.coffer.interop.Questions']);
}
