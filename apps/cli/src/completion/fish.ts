import type { CompletedOption, CompletionShape } from './scripts.ts';

/** Completion for fish 3 and later. */
export function fishScript({ common, commands }: CompletionShape): string {
  const names = commands.map(({ name }) => name).join(' ');
  const none = `not __fish_seen_subcommand_from ${names}`;
  const rows = [
    '# fish completion for coffer',
    'complete -c coffer -f',
    `complete -c coffer -n '${none}' -l version -d 'print the version'`,
    ...common.map((option) => optionRow(option)),
  ];
  for (const { name, summary, options, completes } of commands) {
    const seen = `__fish_seen_subcommand_from ${name}`;
    rows.push(`complete -c coffer -n '${none}' -a ${name} -d '${summary}'`);
    for (const option of options) rows.push(optionRow(option, seen));
    if (completes === 'file') rows.push(`complete -c coffer -n '${seen}' -F`);
    else if (completes === 'directory') rows.push(`complete -c coffer -n '${seen}' -a '(__fish_complete_directories)'`);
    else if (completes !== undefined) rows.push(`complete -c coffer -n '${seen}' -a '${completes.join(' ')}'`);
  }
  return `${rows.join('\n')}\n`;
}

function optionRow({ name, description, takesValue, completes }: CompletedOption, condition?: string): string {
  const parts = ['complete -c coffer'];
  if (condition !== undefined) parts.push(`-n '${condition}'`);
  parts.push(`-l ${name.slice(2)}`, `-d '${description}'`);
  if (takesValue) parts.push('-r');
  if (completes === 'file') parts.push('-F');
  else if (completes === 'directory') parts.push(`-a '(__fish_complete_directories)'`);
  else if (completes !== undefined) parts.push(`-a '${completes.join(' ')}'`);
  return parts.join(' ');
}
