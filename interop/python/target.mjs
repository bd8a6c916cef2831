import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { askThroughSdk } from '../lib/sdk.mjs';
import { isInstalled } from '../lib/tools.mjs';

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const PROGRAM = fileURLToPath(new URL('main.py', import.meta.url));

export const name = 'python';

export async function missing() {
  const hasAll = await isInstalled('python3', '-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))');
  return hasAll ? undefined : 'python3 of 3.10 or later with venv and pip is not installed';
}

export async function run(tools) {
  return askThroughSdk(tools, [await install(tools), PROGRAM]);
}

/** A virtual environment with the pinned packages; made again when their list has changed. Answers its interpreter. */
async function install(tools) {
  const directory = tools.cacheDirectory('python');
  const python = path.join(directory, 'bin/python');
  const marker = path.join(directory, 'installed.txt');
  const wanted = readFileSync(REQUIREMENTS, 'utf8');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return python;
  await tools.run('python3', ['-m', 'venv', '--clear', directory]);
  await tools.run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]);
  writeFileSync(marker, wanted);
  return python;
}
