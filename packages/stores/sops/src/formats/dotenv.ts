import { FileFault, sameName } from '../file-fault.ts';
import type { SopsMap } from './tree.ts';

/** The variables of a dotenv file, read as sops does: no quotes, no spaces taken away, `\n` is a line break. Fails with `FileFault`. */
export function parseDotenv(text: string): SopsMap {
  const variables = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const end = line.indexOf('=');
    if (end === -1)
      throw new FileFault(
        `line ${index + 1} is no variable (NAME=value)`,
        'restore the file, or set `format` if it is no dotenv file',
      );
    const name = line.slice(0, end);
    if (variables.has(name)) throw sameName(name);
    variables.set(name, line.slice(end + 1).replaceAll('\\n', '\n'));
  }
  return variables;
}
