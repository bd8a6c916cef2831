// Run in a package's folder: packs it as it would be published and checks the tarball, not the folder.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const REQUIRED = ['name', 'version', 'description', 'keywords', 'license', 'type', 'sideEffects', 'engines', 'exports', 'files'];
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = process.cwd();
const scratch = mkdtempSync(path.join(os.tmpdir(), 'pack-check-'));
try {
  const problems = await check();
  for (const problem of problems) console.error(`${path.basename(folder)}: ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
} finally {
  rmSync(scratch, { recursive: true });
}

async function check() {
  execFileSync('pnpm', ['pack', '--pack-destination', scratch], { stdio: ['ignore', 'ignore', 'inherit'] });
  const tarball = path.join(scratch, readdirSync(scratch)[0]);
  execFileSync('tar', ['-xzf', tarball, '-C', scratch]);
  const unpacked = path.join(scratch, 'package');
  const manifest = JSON.parse(readFileSync(path.join(unpacked, 'package.json'), 'utf8'));
  return [
    ...metadataProblems(manifest, unpacked),
    ...(await publintProblems(manifest, tarball)),
    ...typeProblems(manifest, tarball),
    ...loadProblems(manifest, unpacked),
  ];
}

function metadataProblems(manifest, unpacked) {
  // The sources compile against the types of this version of Node, so this is the oldest that a package may promise to run on.
  const [, oldest] = /'@types\/node': ([\d.]+)/.exec(readFileSync(path.join(root, 'pnpm-workspace.yaml'), 'utf8'));
  return [
    ...REQUIRED.filter((member) => manifest[member] === undefined).map((member) => `package.json has no "${member}"`),
    ...(manifest.license === 'Apache-2.0' ? [] : ['the licence is not Apache-2.0']),
    ...(manifest.engines?.node === `>=${oldest}`
      ? []
      : [`engines.node is not ">=${oldest}", the version whose types the sources compile with`]),
    ...['LICENSE', 'README.md']
      .filter((file) => !existsSync(path.join(unpacked, file)))
      .map((file) => `${file} is not in the tarball`),
    ...(JSON.stringify(manifest).includes('"workspace:') ? ['a workspace: range is left in package.json'] : []),
  ];
}

async function publintProblems(manifest, tarball) {
  const { messages } = await publint({ pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer }, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, manifest, { color: false })}`);
}

/** Are the types of every entry found, and do they say what the module is? */
function typeProblems(manifest, tarball) {
  const typed = Object.keys(manifest.exports).filter((entry) => manifest.exports[entry].types !== undefined);
  if (typed.length === 0) return [];
  const { status, stdout } = spawnSync(
    'attw',
    [tarball, '--profile', 'esm-only', '--no-emoji', '--no-color', '--entrypoints', ...typed],
    { encoding: 'utf8' },
  );
  return status === 0 ? [] : [`the types are wrong:\n${stdout}`];
}

/** Every entry imports and every bin starts from the unpacked files, with the dependencies of the workspace. */
function loadProblems(manifest, unpacked) {
  linkDependencies(manifest, unpacked);
  const entries = Object.keys(manifest.exports).map((entry) => path.posix.join(manifest.name, entry));
  const script = path.join(unpacked, 'load.mjs');
  writeFileSync(
    script,
    entries
      .map((entry) => `await import('${entry}'${entry.endsWith('.json') ? ", { with: { type: 'json' } }" : ''});\n`)
      .join(''),
  );
  const loads = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  const problems = loads.status === 0 ? [] : [`an entry does not import:\n${loads.stderr}`];
  for (const [name, file] of Object.entries(manifest.bin ?? {})) {
    const { status, stderr } = spawnSync(process.execPath, [path.join(unpacked, file), '--help'], { encoding: 'utf8' });
    if (status !== 0) problems.push(`${name} --help fails:\n${stderr}`);
  }
  return problems;
}

/** Only what package.json declares, so that an import of anything else fails here as it would at a user's. */
function linkDependencies(manifest, unpacked) {
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    const link = path.join(unpacked, 'node_modules', name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(folder, 'node_modules', name), link);
  }
}
