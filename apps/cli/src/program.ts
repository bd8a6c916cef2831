import { Command, Option } from 'commander';
import type { CommandInput, CommandSpec, OptionSpec } from './command.ts';
import { COMMANDS } from './commands.ts';
import { COMMON_OPTIONS } from './common-options.ts';
import type { Paint } from './text.ts';

/** What the arguments ask for. */
export interface Invocation {
  readonly command: CommandSpec;
  readonly input: CommandInput;
  /** The options that every command takes, by name in camel case. */
  readonly common: CommandInput['options'];
}

export interface ProgramOptions {
  readonly version: string;
  readonly paint: Paint;
  readonly writeOut: (text: string) => void;
}

/** The parser of the command line. It hands what it understood to `take`, and fails with commander's own errors. */
export function createProgram({ version, paint, writeOut }: ProgramOptions, take: (invocation: Invocation) => void): Command {
  const program = new Command('coffer')
    .description('Secrets from any store: read, check and explain them.')
    .usage('<command> [options]')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => paint('bold', title) })
    // Failures are told by the edge, in its own form.
    .configureOutput({ writeOut, writeErr: () => {} })
    .exitOverride()
    .addHelpText(
      'after',
      `\n${paint('bold', 'Examples:')}\n${examplesOf(COMMANDS.map(({ examples }) => examples[0] ?? ['', '']))}`,
    );
  for (const option of COMMON_OPTIONS) program.addOption(optionOf(option));
  for (const spec of COMMANDS) program.addCommand(commandOf(program, spec, paint, take));
  return program;
}

function commandOf(program: Command, spec: CommandSpec, paint: Paint, take: (invocation: Invocation) => void): Command {
  const command = new Command(spec.name).copyInheritedSettings(program).summary(spec.summary);
  command.description(spec.description === undefined ? sentence(spec.summary) : `${sentence(spec.summary)}\n${spec.description}`);
  for (const { usage, description } of spec.arguments ?? []) command.argument(usage, description);
  for (const option of spec.options ?? []) command.addOption(optionOf(option));
  if (spec.name === 'run') command.usage('[options] -- <command...>');
  command.addHelpText('after', `\n${paint('bold', 'Examples:')}\n${examplesOf(spec.examples)}`);
  // The last two of an action's arguments are the options and the command.
  return command.action((...given: unknown[]) => {
    const operands = given.slice(0, -2).flat();
    take({
      command: spec,
      input: { arguments: operands.filter((operand) => operand !== undefined) as string[], options: command.opts() },
      common: program.opts(),
    });
  });
}

function optionOf({ flags, description, repeatable, default: standard }: OptionSpec): Option {
  const option = new Option(flags, description);
  if (standard !== undefined) option.default(standard);
  // Without a default value in the help, which the description has in words.
  if (repeatable) option.argParser((value, previous: readonly string[] = []) => [...previous, value]);
  return option;
}

function examplesOf(examples: CommandSpec['examples']): string {
  return examples.map(([line, meaning]) => `  ${line}\n      ${meaning}`).join('\n');
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
