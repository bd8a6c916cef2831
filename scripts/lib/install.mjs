// Brings node_modules up to date. Runs on the machine's own Node (20 or later) before anything is installed, so it imports
// nothing but Node's own modules.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Failure } from './failure.mjs';
import { writeLaunchers } from './launchers.mjs';
import { packageFolders, root } from './workspace.mjs';

const STAMP = path.join(root, 'node_modules/.coffer-install');
const BIN = path.join(root, 'node_modules/.bin');
const UNREACHABLE =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET_TIMEOUT|_FETCH_FAIL|Connect Timeout|Connection refused|error sending request|dns error/i;

/** Installs the dependencies unless those of the present lockfile are there; then puts node_modules/.bin first on PATH. */
export async function install() {
  const wanted = fingerprint();
  if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== wanted) {
    const { packageManager } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    console.log(`Installing dependencies with ${packageManager} …`);
    await runInstaller(['-y', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only']);
    writeFileSync(STAMP, wanted);
  }
  writeLaunchers();
  process.env.PATH = `${BIN}${path.delimiter}${process.env.PATH}`;
}

/** Everything that decides what an install lays down. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    ...packageFolders().map((folder) => path.join(folder, 'package.json')),
  ]) {
    hash.update(`${file}\n`).update(readFileSync(path.join(root, file)));
  }
  return hash.digest('hex');
}

/** Shows what the installer reports as it works; keeps its complaints back until it is clear whether they need saying. */
async function runInstaller(args) {
  // npm waits up to 70 seconds between tries; a refused connection is not worth that.
  const patience = { npm_config_fetch_retry_mintimeout: '1000', npm_config_fetch_retry_maxtimeout: '5000' };
  const child = spawn('npx', args, {
    cwd: root,
    env: { ...patience, ...process.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.stdout += text;
    process.stdout.write(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.stderr += text;
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Failure(`npx could not be started (${error.message}): npm must be installed.`)));
    child.once('close', resolve);
  });
  if (code === 0) return;
  if (UNREACHABLE.test(said.stdout + said.stderr)) {
    const registry = process.env.npm_config_registry ?? 'https://registry.npmjs.org/';
    throw new Failure(
      `The package registry ${registry} could not be reached: check the network, or npm's "registry" and proxy settings, and try again.`,
    );
  }
  process.stderr.write(said.stderr);
  throw new Failure(`Installing the dependencies failed (exit code ${code}); the reason is above.`);
}
