import type { CommandSpec, Completes, OptionSpec } from '../command.ts';
import { COMMON_OPTIONS } from '../common-options.ts';

/** The completion script of a shell, made from the table of commands; undefined for a shell that has none. */
export async function completionScript(shell: string, commands: readonly CommandSpec[]): Promise<string | undefined> {
  switch (shell) {
    case 'bash':
      return (await import('./bash.ts')).bashScript(shapeOf(commands));
    case 'zsh':
      return (await import('./zsh.ts')).zshScript(shapeOf(commands));
    case 'fish':
      return (await import('./fish.ts')).fishScript(shapeOf(commands));
    default:
      return undefined;
  }
}

/** What a shell has to know. Texts hold no quotes that a shell would mind. */
export interface CompletionShape {
  readonly common: readonly CompletedOption[];
  readonly commands: readonly CompletedCommand[];
}
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** What its last argument completes to. */
  readonly completes: Completes | undefined;
}
export interface CompletedOption {
  /** With its dashes. */
  readonly name: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly isRepeatable: boolean;
  readonly completes: Completes | undefined;
}

function shapeOf(specs: readonly CommandSpec[]): CompletionShape {
  const help: CompletedOption = {
    name: '--help',
    description: 'print help',
    takesValue: false,
    isRepeatable: false,
    completes: undefined,
  };
  const commands = specs.map(completedCommand);
  const names = specs.map(({ name }) => name);
  return {
    common: [...COMMON_OPTIONS.map(completedOption), help],
    commands: [...commands, { name: 'help', summary: 'print help for a command', options: [], completes: names }],
  };
}

function completedCommand({ name, summary, options = [], arguments: given = [] }: CommandSpec): CompletedCommand {
  return { name, summary: plain(summary), options: options.map(completedOption), completes: given.at(-1)?.completes };
}

function completedOption({ flags, description, repeatable, completes }: OptionSpec): CompletedOption {
  const name = /--[\w-]+/.exec(flags)?.[0] ?? flags;
  return { name, description: plain(description), takesValue: flags.includes('<'), isRepeatable: repeatable === true, completes };
}

/** Shells give quotes, brackets and colons a meaning inside descriptions. */
function plain(text: string): string {
  return text.replace(/["'`[\]:$\\]/g, '');
}
