import { CommanderError } from 'commander';
import type { CommandInput } from './command.ts';
import { COMMANDS } from './commands.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { Failure, failureFrom } from './failure.ts';
import { Interrupts } from './interrupts.ts';
import { createProgram, type Invocation } from './program.ts';
import { type Paint, paintFor, visible } from './text.ts';
import { readVersion } from './version.ts';

/** Application that the CLI acts as when neither a flag nor APP_ID says. */
const DEFAULT_APP_ID = 'coffer-cli';

/** Where the CLI writes: the process's own streams. */
export interface Output {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Runs one command line (without the program's name) and prints what it gives. Answers the exit code. */
export async function runCli(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  { stdout, stderr }: Output = process,
): Promise<number> {
  const flags = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const json = flags.includes('--json');
  const paint = paintFor(stderr.isTTY, environment);
  const tell = (kind: 'warning' | 'log', message: string): void => {
    const text = message.split('\n').map(visible).join('\n');
    if (json) stderr.write(`${JSON.stringify({ [kind]: message })}\n`);
    else stderr.write(kind === 'log' ? `${text}\n` : `${paint('yellow', 'warning:')} ${text}\n`);
  };
  const interrupts = new Interrupts();
  try {
    const invocation = parse(argv, paintFor(stdout.isTTY, environment));
    if (!('command' in invocation)) {
      await write(invocation.isFailure ? stderr : stdout, invocation.help);
      return invocation.isFailure ? EXIT_CODES.usage : 0;
    }
    const common = await commonOptions(invocation.common, environment);
    interrupts.limit(await timeLimit(invocation.common));
    const context: CommandContext = {
      commands: COMMANDS,
      common,
      environment,
      signal: interrupts.signal,
      paint: paintFor(stdout.isTTY, environment),
      warn: (message) => tell('warning', message),
      log: (message) => common.verbose && tell('log', message),
      release: interrupts.release,
    };
    const run = await invocation.command.load();
    const { data, text = '', exitCode = 0 } = await run(invocation.input, context);
    if (common.json && data !== undefined) await write(stdout, `${JSON.stringify(data, null, 2)}\n`);
    else await write(stdout, stdout.isTTY && text !== '' && !text.endsWith('\n') ? `${text}\n` : text);
    return exitCode;
  } catch (cause) {
    const failure = interrupts.failure() ?? failureFrom(cause);
    if (json) {
      const { code, message, hint = null, exitCode } = failure;
      await write(stderr, `${JSON.stringify({ error: { code, message, hint, exitCode } })}\n`);
    } else {
      const message = failure.message.split('\n').map(visible).join('\n');
      const hint =
        failure.hint === undefined ? '' : `${paint('cyan', 'hint:')} ${failure.hint.split('\n').map(visible).join('\n')}\n`;
      await write(stderr, `${paint('red', 'coffer:')} ${message}\n${hint}`);
    }
    if (flags.includes('--verbose') && failure.code === 'internal')
      await write(stderr, `${String(failure.cause instanceof Error ? failure.cause.stack : '')}\n`);
    return failure.exitCode;
  } finally {
    interrupts.release();
  }
}

/** Help or the version, asked for or in place of a command. */
interface HelpText {
  readonly help: string;
  readonly isFailure: boolean;
}

function parse(argv: readonly string[], paint: Paint): Invocation | HelpText {
  let invocation: Invocation | undefined;
  let help = '';
  const writeOut = (text: string): void => {
    help += text;
  };
  const program = createProgram({ version: readVersion(), paint, writeOut }, (taken) => {
    invocation = taken;
  });
  if (argv.length === 0) return { help: program.helpInformation(), isFailure: true };
  try {
    program.parse([...argv], { from: 'user' });
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    if (cause.exitCode === 0) return { help, isFailure: false };
    throw usageFailure(cause, argv);
  }
  if (invocation === undefined) throw new Failure('usage', 'no command was given', { hint: 'coffer help lists them' });
  return invocation;
}

/** The parser's message as one sentence; what it suggests becomes the hint. */
function usageFailure({ code, message }: CommanderError, argv: readonly string[]): Failure {
  const [first = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const isRun = argv.find((argument) => !argument.startsWith('-')) === 'run' && !argv.includes('--');
  let hint = suggestion?.replace(/^\((.*)\)$/, '$1').replace('Did', 'did') ?? 'coffer help shows commands and options';
  if (isRun && code !== 'commander.optionMissingArgument')
    hint = 'put -- before the command: coffer run --secret … -- command --flag';
  return new Failure('usage', code === 'commander.help' ? 'no command was given' : first.replace(/\.$/, ''), { hint });
}

async function commonOptions(given: CommandInput['options'], environment: CommandContext['environment']): Promise<CommonOptions> {
  const list = (name: string): readonly string[] => (Array.isArray(given[name]) ? given[name] : []);
  const appId = String(given.appId ?? (environment.APP_ID || DEFAULT_APP_ID));
  if (appId === '' || appId.includes('.')) {
    throw new Failure('usage', `app id ${JSON.stringify(appId)} is empty or has dots`, {
      hint: 'name the application with --app-id',
    });
  }
  return {
    resourcesPaths: list('resourcesPath'),
    configurationFiles: list('config'),
    driverPaths: list('driverPath'),
    appId,
    json: given.json === true,
    strictDapr: given.strictDapr === true,
    verbose: given.verbose === true,
  };
}

/** Milliseconds of `--timeout`. */
async function timeLimit({ timeout }: CommandInput['options']): Promise<number> {
  const { parseGoDuration } = await import('@coffer/core/driver');
  const milliseconds = parseGoDuration(String(timeout));
  if (milliseconds !== undefined && milliseconds >= 0) return milliseconds;
  throw new Failure('usage', '--timeout takes a duration', { hint: 'for example 500ms, 10s or 2m; 0 for no limit' });
}

/** Writes all of it before it answers, so that the process may exit. A reader that has gone away is no failure of ours. */
function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (text === '') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const done = (cause?: NodeJS.ErrnoException | null): void => {
      if (!cause || cause.code === 'EPIPE') resolve();
      else reject(cause);
    };
    stream.once('error', done);
    stream.write(text, done);
  });
}
