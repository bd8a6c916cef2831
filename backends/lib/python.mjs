import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../../scripts/lib/failure.mjs';
import { Missing } from './missing.mjs';

const INSTALL_MS = 8 * 60_000;

/**
 * A virtual environment with the packages of a backend's requirements.txt, every one by version and hash; made again when
 * that list has changed. Answers the directory of its programs. Throws Missing without python3, venv or the registry.
 */
export function installPython(tools, name) {
  const requirements = fileURLToPath(new URL(`../${name}/requirements.txt`, import.meta.url));
  const directory = tools.cacheDirectory(name);
  const marker = path.join(directory, 'installed.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return path.join(directory, 'bin');
  const version = python(['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))']);
  if (version.status !== 0) throw new Missing('python3 of 3.10 or later with venv and pip is not installed');
  const made = python(['-m', 'venv', '--clear', directory]);
  if (made.status !== 0) throw new Missing(`python3 makes no virtual environment: ${lastLine(made.stderr)}`);
  console.error(`installing ${name} into ${directory} …`);
  const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes', '--retries=2', '--timeout=30'];
  const installed = python(['-m', 'pip', 'install', ...options, '-r', requirements], path.join(directory, 'bin/python'));
  if (/DO NOT MATCH THE HASHES/.test(installed.stderr))
    throw new Failure(`${name}: what the registry gives is not what is pinned\n${installed.stderr}`);
  if (installed.status !== 0) throw new Missing(`pip: ${lastLine(installed.stderr)}`);
  writeFileSync(marker, wanted);
  return path.join(directory, 'bin');
}

/** The version that a requirements.txt pins. */
export function pinnedVersion(name, distribution) {
  const text = readFileSync(new URL(`../${name}/requirements.txt`, import.meta.url), 'utf8');
  const version = text.match(new RegExp(`^${distribution}==(\\S+)`, 'm'))?.[1];
  if (version === undefined) throw new Error(`${name}/requirements.txt does not pin ${distribution}`);
  return version;
}

function python(args, program = 'python3') {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: INSTALL_MS });
  return { status: error === undefined ? status : 1, stderr: stderr || (error?.message ?? '') };
}

function lastLine(text) {
  const lines = text.trim().split('\n');
  return (lines.findLast((line) => line.startsWith('ERROR:')) ?? lines.at(-1) ?? '').slice(0, 300);
}
