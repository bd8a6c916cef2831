import type { Completes } from '../command.ts';
import type { CompletedOption, CompletionShape } from './scripts.ts';

/** Completion for zsh: as a file named _coffer on fpath, or sourced. */
export function zshScript({ common, commands }: CompletionShape): string {
  const cases = commands.map(
    ({ name, options, completes }) => `        ${name})
          _arguments -S ${[...options, ...common].map(specOf).join(' ')} '*:argument:${actionOf(completes)}'
          ;;`,
  );
  return `#compdef coffer
_coffer() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    '${name}:${summary}'`).join('\n')}
  )
  _arguments -C ${common.map(specOf).join(' ')} '--version[print the version]' '1: :->command' '*:: :->argument'
  case "$state" in
    command) _describe 'command' commands ;;
    argument)
      case "$line[1]" in
${cases.join('\n')}
      esac
      ;;
  esac
}
if [ "$funcstack[1]" = "_coffer" ]; then _coffer "$@"; else compdef _coffer coffer; fi
`;
}

function specOf({ name, description, takesValue, isRepeatable, completes }: CompletedOption): string {
  const value = takesValue ? `:value:${actionOf(completes)}` : '';
  return `'${isRepeatable ? '*' : ''}${name}[${description}]${value}'`;
}

function actionOf(completes: Completes | undefined): string {
  if (completes === undefined) return ' ';
  if (completes === 'file') return '_files';
  if (completes === 'directory') return '_files -/';
  return `(${completes.join(' ')})`;
}
