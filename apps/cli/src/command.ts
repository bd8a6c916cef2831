import type { CommandContext } from './context.ts';

/** One command as data: help, parsing and shell completion derive from it. */
export interface CommandSpec {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** What the summary leaves open; paragraphs of plain text. */
  readonly description?: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  readonly examples: readonly Example[];
  /** Imports the code of the command when it is about to run. */
  load(): Promise<CommandRun>;
}

export interface ArgumentSpec {
  /** As the usage line shows it: `<store>`, `[key]`, `[path...]`. */
  readonly usage: string;
  readonly description: string;
  /** What a shell offers here. */
  readonly completes?: Completes;
}

export interface OptionSpec {
  /** `--name`, `--name <value>`, or `-n, --name <value>`. */
  readonly flags: string;
  readonly description: string;
  /** May be given several times; the values arrive as a list. */
  readonly repeatable?: true;
  readonly default?: string;
  readonly completes?: Completes;
}

export type Completes = 'file' | 'directory' | readonly string[];
export type Example = readonly [line: string, meaning: string];

/** What a command was given. Repeatable arguments and options are lists. */
export interface CommandInput {
  readonly arguments: readonly string[];
  /** The command's own options by name in camel case. */
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
}

/** What a command found out. It prints nothing itself. */
export interface CommandResult {
  /** The one document that `--json` prints; undefined: nothing is printed. */
  readonly data?: unknown;
  /** Exactly what is written to stdout without `--json`. */
  readonly text?: string;
  /** 0 by default. */
  readonly exitCode?: number;
}

export type CommandRun = (input: CommandInput, context: CommandContext) => Promise<CommandResult>;

/** The values of a repeatable option. */
export function listOption({ options }: CommandInput, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value : [];
}
