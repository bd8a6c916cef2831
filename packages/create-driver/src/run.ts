import { relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Answers, askForRest, checkDirectory, defaultDirectory, terminalAsker } from './ask.ts';
import { createDriver, type NewDriver } from './create-driver.ts';
import { defaultTitle, defaultType, UnusableInput } from './driver-names.ts';
import { HELP, type Options, type PackageManager, readOptions } from './options.ts';
import { ownManifest } from './package-json.ts';

/** What the command has around it. */
export interface Surroundings {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly errors: NodeJS.WritableStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Runs the command and answers its exit code: 0, 1 when nothing was written, 130 when the user gave up. */
export async function run(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    const options = readOptions(args, around.environment.npm_config_user_agent);
    if (options.help) return written(around, HELP);
    if (options.version) return written(around, `${(await ownManifest()).version}\n`);
    const answers = await answersOf(options, around);
    if (answers === undefined) return 130;
    checkDirectory(answers.directory);
    const driver = await createDriver({ ...answers, force: options.force });
    return written(around, summaryOf(driver, options.packageManager));
  } catch (cause) {
    const text = failureText(cause);
    if (text === undefined) throw cause;
    around.errors.write(text);
    return 1;
  }
}

/** Without questions when there is a name, or nobody to ask. Undefined when the user gave up. */
async function answersOf(options: Options, { input, output }: Surroundings): Promise<Answers | undefined> {
  const { name, type, title, directory, yes } = options;
  if (name !== undefined) {
    return {
      name,
      type: type ?? defaultType(name),
      title: title ?? defaultTitle(name),
      directory: directory ?? defaultDirectory(name),
    };
  }
  if (yes || !input.isTTY || !output.isTTY) {
    throw new UnusableInput('the driver has no name', 'give one: --name coffer-store-acme');
  }
  const terminal = createInterface({ input, output });
  const gaveUp = new Promise<undefined>((resolve) => terminal.once('close', () => resolve(undefined)));
  const asker = terminalAsker(terminal, (text) => void output.write(text));
  try {
    return await Promise.race([askForRest(options, asker), gaveUp]);
  } catch (cause) {
    // Ctrl-C ends a question in this way.
    if (cause instanceof Error && cause.name === 'AbortError') return undefined;
    throw cause;
  } finally {
    terminal.close();
  }
}

/** Undefined for what is a defect of this program. */
function failureText(cause: unknown): string | undefined {
  if (cause instanceof UnusableInput) return `create-driver: ${cause.message}\nhint: ${cause.hint}\n`;
  const isOfSystem = cause instanceof Error && 'code' in cause && 'syscall' in cause;
  return isOfSystem ? `create-driver: ${cause.message}\n` : undefined;
}

function summaryOf({ directory, type, files, replaced }: NewDriver, manager: PackageManager): string {
  const script = (name: string): string => (manager === 'yarn' ? `yarn ${name}` : `${manager} run ${name}`);
  const near = relative('', directory);
  const place = near.startsWith('..') ? directory : near;
  return [
    ...replaced.map((path) => `replaced ${path}`),
    `${files.length} files of a driver for ${type} are in ${directory}`,
    '',
    ...(place === '' ? [] : [`  cd ${/^[\w@%+=:,./-]+$/.test(place) ? place : JSON.stringify(place)}`]),
    `  ${manager} install`,
    ...['build', 'lint', 'typecheck', 'test'].map((name) => `  ${script(name)}`),
    '',
    'Then README.md: what to replace, what the contract asks, how to certify and publish.',
    '',
  ].join('\n');
}

function written({ output }: Surroundings, text: string): 0 {
  output.write(text);
  return 0;
}
