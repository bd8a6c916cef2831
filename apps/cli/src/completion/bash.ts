import type { Completes } from '../command.ts';
import type { CompletedOption, CompletionShape } from './scripts.ts';

/** Completion for bash 3.2 and later, without the bash-completion package. */
export function bashScript({ common, commands }: CompletionShape): string {
  const every = [...common, ...commands.flatMap(({ options }) => options)];
  const valued = every.filter(({ takesValue }) => takesValue);
  const values = new Map(valued.map(({ name, completes }) => [name, completes]));
  return `# bash completion for coffer
_coffer() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="" word at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    word="\${COMP_WORDS[at]}"
    case "$word" in
      --) return 0 ;;
      ${[...values.keys()].join('|')}) ((at++)) ;;
      -*) ;;
      *) [[ -n "$command" ]] || command="$word" ;;
    esac
  done
  case "$previous" in
${[...values].map(([name, completes]) => `    ${name}) ${reply(completes)}; return 0 ;;`).join('\n')}
  esac
  if [[ "$current" == -* ]]; then
    case "$command" in
${commands.map(({ name, options }) => `      ${name}) COMPREPLY=($(compgen -W "${namesOf([...options, ...common])}" -- "$current")) ;;`).join('\n')}
      *) COMPREPLY=($(compgen -W "${namesOf(common)} --version" -- "$current")) ;;
    esac
    return 0
  fi
  case "$command" in
    "") COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$current")) ;;
${commands.map(({ name, completes }) => `    ${name}) ${reply(completes)} ;;`).join('\n')}
  esac
  return 0
}
complete -o filenames -F _coffer coffer
`;
}

function namesOf(options: readonly CompletedOption[]): string {
  return options.map(({ name }) => name).join(' ');
}

function reply(completes: Completes | undefined): string {
  if (completes === undefined) return ':';
  if (completes === 'file') return 'COMPREPLY=($(compgen -f -- "$current"))';
  if (completes === 'directory') return 'COMPREPLY=($(compgen -d -- "$current"))';
  return `COMPREPLY=($(compgen -W "${completes.join(' ')}" -- "$current"))`;
}
