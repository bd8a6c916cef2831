import type { CommandRun } from '../command.ts';
import { completionScript } from '../completion/scripts.ts';
import { Failure } from '../failure.ts';

/** The completion script of a shell. */
export const run: CommandRun = async ({ arguments: [shell] }, { commands }) => {
  const script = await completionScript(shell as string, commands);
  if (script === undefined) {
    throw new Failure('usage', `there is no completion for ${shell}`, { hint: 'the shells are bash, zsh and fish' });
  }
  return { data: { shell, script }, text: script };
};
