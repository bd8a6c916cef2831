import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cofferd } from './support/cofferd.ts';
import { Outside } from './support/outside.ts';

/* docs/guides/write-a-driver.md, done by the letter: its files are written and its commands are run, in their order. */

const ROOT = new URL('../../../', import.meta.url);
const page = await readFile(new URL('docs/guides/write-a-driver.md', ROOT), 'utf8');

/** A file to write, or a command to type. */
type Step = { readonly file: string; readonly text: string } | { readonly command: string };

const sections = page
  .split(/^## /m)
  .map((text) => ({ title: text.split('\n')[0] ?? '', steps: stepsIn(text) }))
  .filter(({ steps }) => steps.length > 0);

function stepsIn(text: string): readonly Step[] {
  return [...text.matchAll(/(?:^`([\w./-]+)`:\n\n)?^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(
    ([, file, language, body = '']): readonly Step[] => {
      if (file !== undefined) return [{ file, text: body }];
      expect(language, 'a block that is neither a file nor commands').toBe('sh');
      return body
        .trim()
        .split('\n')
        .map((command) => ({ command }));
    },
  );
}

const running: AsyncDisposable[] = [];
let outside: Outside;
let driver: string;
let app: string;
/** Where the Drawer of section 2 is; the page says 7070, and a test takes a port that is free. */
let address: string;

beforeAll(async () => {
  outside = await Outside.create();
  const driverMaker = { private: true, devDependencies: { '@coffer/create-driver': '*' } };
  await outside.install(await outside.folder('.', { 'package.json': driverMaker }));
  app = await outside.folder('app', { 'package.json': { private: true } });
}, 120_000);
afterAll(async () => {
  for (const each of running.reverse()) await each[Symbol.asyncDispose]();
  await outside[Symbol.asyncDispose]();
});

/** What stands for a command. The first whose pattern fits is taken. */
const COMMANDS: readonly (readonly [pattern: RegExp, perform: (line: string, word: string) => unknown])[] = [
  [/^npm create @coffer\/driver (\S+)$/, (_, name) => outside.run(outside.root, 'create-driver', [name])],
  [/^cd (\S+)$/, enter],
  [/^npm install @coffer\/server coffer \.\.\/(\S+)$/, installInApp],
  [/^npm install$/, () => outside.install(driver)],
  [/^npm install (\S+)$/, (_, name) => outside.install(driver, [name])],
  [/^(?:npm run|npm test|npm pack|perl|rm) ?/, (line) => outside.run(driver, 'sh', ['-c', line])],
  [/^DRAWER_TOKEN=(\S+) node test\/drawer\.ts &$/, startDrawer],
  [/^curl /, (line) => outside.run(driver, 'sh', ['-c', `${line.replace('http://127.0.0.1:7070', address)} --fail`])],
  [/^cofferd --app-id shop (.+)$/, startCofferd],
  [/^coffer list /, async (line) => expect(await outside.run(app, 'sh', ['-c', line])).toContain('secretstores.drawer')],
];

async function perform(step: Step): Promise<void> {
  if ('file' in step) return await write(step.file, step.text);
  const found = COMMANDS.find(([pattern]) => pattern.test(step.command));
  if (found === undefined) throw new Error(`nobody knows how to run: ${step.command}`);
  await found[1](step.command, found[0].exec(step.command)?.[1] ?? '');
}

async function write(file: string, text: string): Promise<void> {
  const folder = file.startsWith('components/') ? app : driver;
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), folder === app ? text.replace('http://127.0.0.1:7070', address) : text);
}

async function enter(_: string, name: string): Promise<void> {
  driver = join(outside.root, name);
  // "Put drawer.ts into the folder test."
  await cp(new URL('examples/drawer/drawer.ts', ROOT), join(driver, 'test/drawer.ts'));
}

async function startDrawer(_: string, token: string): Promise<void> {
  const child = spawn(process.execPath, ['test/drawer.ts'], {
    cwd: driver,
    env: { PATH: process.env.PATH, DRAWER_TOKEN: token, DRAWER_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  running.push({ [Symbol.asyncDispose]: async () => void (child.kill('SIGKILL') && (await ended)) });
  const [said] = await once(child.stdout, 'data');
  address = /http:\S+/.exec(String(said))?.[0] ?? '';
}

async function installInApp(_: string, tarball: string): Promise<void> {
  await outside.install(app, ['@coffer/server', 'coffer', join(outside.root, tarball)]);
}

async function startCofferd(_: string, flags: string): Promise<void> {
  // The page shows the component after the command.
  const component = sections
    .flatMap(({ steps }) => steps)
    .find((step) => 'file' in step && step.file === 'components/drawer.yaml');
  if (component !== undefined) await perform(component);
  const cofferd = await Cofferd.start(app, flags.split(' '), { DRAWER_TOKEN: 'let-me-in' });
  running.push(cofferd);
  const { body } = await cofferd.get('/v1.0/secrets/drawer/greeting');
  expect(JSON.parse(body)).toEqual({ greeting: 'hello' });
}

describe('docs/guides/write-a-driver.md', () => {
  it.each(sections)(
    '$title',
    async ({ steps }) => {
      for (const step of steps) await perform(step);
    },
    300_000,
  );

  it('ends with a driver that is certified on Drawer', async () => {
    const { reports } = JSON.parse(await readFile(join(driver, 'conformance.json'), 'utf8'));
    expect(reports).toMatchObject([{ driver: { package: 'coffer-store-drawer' }, backend: { name: 'Drawer', tier: 'real' } }]);
  });
});
