import { parseArgs } from 'node:util';
import kit from '../../package.json' with { type: 'json' };
import { EXERCISES } from '../exercises/index.ts';
import { resultText } from '../report/result-file.ts';
import { styleFor } from '../report/terminal.ts';
import { CannotCertify } from './cannot-certify.ts';
import { certify } from './certify.ts';

const HELP = `Certifies a Coffer driver.

Usage: npx @coffer/conformance certify [package] [options]

  package            folder or name of the driver package; the current folder by default

Options:
  --only <names>     only these exercises, separated by commas: for work on a driver; nothing is certified
  --backend <name>   only the test bed with this backend
  --json             the reports as JSON on standard output, and everything else on standard error
  --no-write         do not write the result file, the page and the badge
  --list             list the exercises
  --version          print the version of the kit
  -h, --help         print this help

Exit codes: 0 certified, 1 not certified, 2 nothing could be run.
`;

/** Where the command line writes: the process's own streams. */
export interface Output {
  readonly stdout: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;
  readonly stderr: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;
}

/** Runs one command line, without the program's name. Answers the exit code. */
export async function runCommandLine(argv: readonly string[], { stdout, stderr }: Output = process): Promise<0 | 1 | 2> {
  try {
    const { values, positionals } = parse(argv);
    const [command, folder = '.', ...more] = positionals;
    if (values.help) return say(HELP);
    if (values.version) return say(`${kit.version}\n`);
    if (values.list) return say(EXERCISES.map(({ name, title }) => `${name.padEnd(18)}${title}\n`).join(''));
    if (command !== 'certify' || more.length > 0) {
      throw new CannotCertify(
        `${command === undefined ? 'no command was given' : 'the command is not understood'}`,
        'certify --help',
      );
    }
    const json = values.json === true;
    const people = json ? stderr : stdout;
    const { certified, reports } = await certify({
      package: folder,
      workingDirectory: process.cwd(),
      backend: values.backend,
      only: values.only?.split(',').map((name) => name.trim()),
      write: values['no-write'] !== true,
      style: styleFor(people.isTTY === true, process.env),
      tell: (line) => void people.write(`${line}\n`),
    });
    if (json) stdout.write(resultText(reports));
    return certified ? 0 : 1;
  } catch (cause) {
    if (!(cause instanceof CannotCertify)) throw cause;
    stderr.write(`conformance: ${cause.message}\nhint: ${cause.hint}\n`);
    return 2;
  }

  function say(text: string): 0 {
    stdout.write(text);
    return 0;
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        only: { type: 'string' },
        backend: { type: 'string' },
        json: { type: 'boolean' },
        'no-write': { type: 'boolean' },
        list: { type: 'boolean' },
        version: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new CannotCertify(cause instanceof Error ? cause.message : String(cause), 'certify --help');
  }
}
