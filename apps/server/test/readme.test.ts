import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCofferd } from './support/cofferd.ts';

// What the first page of the project tells a stranger to type has to work as it stands there.

const ROOT = new URL('../../../', import.meta.url);
const rootFile = (name: string) => fileURLToPath(new URL(name, ROOT));
const readme = readFileSync(rootFile('README.md'), 'utf8');
const fence = (language: string): string => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1] ?? '';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coffer-readme-'));
  mkdirSync(join(folder, 'examples/components'), { recursive: true });
  for (const name of ['examples/secrets.json', 'examples/components/example.yaml'])
    copyFileSync(rootFile(name), join(folder, name));
  symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('README.md', () => {
  it('shows the component file of the example', () => {
    const shown = fence('yaml')
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .join('\n');
    const real = readFileSync(rootFile('examples/components/example.yaml'), 'utf8');
    expect(shown).toBe(
      real
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .join('\n'),
    );
  });

  it('has a library snippet that runs', async () => {
    writeFileSync(join(folder, 'snippet.ts'), `${fence('ts')}\nconsole.log(greeting);\n`);
    const { stdout } = await promisify(execFile)(process.execPath, ['snippet.ts'], { cwd: folder });
    expect(stdout).toBe('hello from Coffer\n');
  });

  it('has a curl line that answers as it says', async () => {
    const [, path = '', answer = ''] = /curl http:\/\/127\.0\.0\.1:3500(\S+)\n# (.*)/.exec(readme) ?? [];
    await using cofferd = await startCofferd({ args: [`--resources-path=${join(folder, 'examples/components')}`], cwd: folder });
    expect(await (await cofferd.get(path)).text()).toBe(`${answer}\n`);
  });
});
