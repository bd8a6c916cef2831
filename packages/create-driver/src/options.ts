import { parseArgs } from 'node:util';
import { UnusableInput } from './driver-names.ts';

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun';
const PACKAGE_MANAGERS: readonly PackageManager[] = ['npm', 'pnpm', 'yarn', 'bun'];

/** What the command line says. */
export interface Options {
  /** Of the package. */
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly title?: string | undefined;
  readonly directory?: string | undefined;
  readonly packageManager: PackageManager;
  readonly yes: boolean;
  readonly force: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

export const HELP: string = `Starts a Coffer driver: a TypeScript package that builds and passes its tests and the conformance kit.

  npm create @coffer/driver                              asks
  npm create @coffer/driver -- --name coffer-store-acme  does not ask

  --name <package>           name of the npm package; by itself, as the first argument, it needs no --name
  --type <component type>    what component files name; by default secretstores. and the package's own part
  --title <title>            for people; by default made of the name
  --directory <folder>       where to; by default a folder of the package's name
  --package-manager <name>   ${PACKAGE_MANAGERS.join(', ')}: for the commands that are shown; by default the one that runs this
  --yes                      takes the defaults and asks nothing
  --force                    puts the driver into a folder that is not empty, and names every file that it replaces
  --help, --version
`;

/** Reads the command line. Fails with `UnusableInput`. */
export function readOptions(args: readonly string[], userAgent = ''): Options {
  const { values, positionals } = parsed(args);
  const [first, ...others] = positionals;
  if (others.length > 0) throw new UnusableInput(`${JSON.stringify(others[0])} is one name too many`, 'see --help');
  if (first !== undefined && values.name !== undefined) {
    throw new UnusableInput(`the package is named twice: ${first} and ${values.name}`, 'leave one out');
  }
  return {
    name: values.name ?? first,
    type: values.type,
    title: values.title,
    directory: values.directory,
    packageManager: packageManagerOf(values['package-manager'], userAgent),
    yes: values.yes ?? false,
    force: values.force ?? false,
    help: values.help ?? false,
    version: values.version ?? false,
  };
}

// biome-ignore format: one option a line
const FLAGS = {
  name: { type: 'string' },
  type: { type: 'string' },
  title: { type: 'string' },
  directory: { type: 'string' },
  'package-manager': { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  force: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
  } catch (cause) {
    const isOurs = cause instanceof Error && 'code' in cause && String(cause.code).startsWith('ERR_PARSE_ARGS_');
    if (!isOurs) throw cause;
    throw new UnusableInput((cause as Error).message.split('. ')[0] ?? '', 'see --help');
  }
}

function packageManagerOf(given: string | undefined, userAgent: string): PackageManager {
  const named = PACKAGE_MANAGERS.find((each) => each === (given ?? userAgent.split('/')[0]));
  if (named === undefined && given !== undefined) {
    throw new UnusableInput(`${JSON.stringify(given)} is no package manager`, `one of ${PACKAGE_MANAGERS.join(', ')}`);
  }
  return named ?? 'npm';
}
