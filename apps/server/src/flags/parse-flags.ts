import { parseGoDuration } from '@coffer/core/driver';
import { goQuote } from '@coffer/core/internal';
import { FLAGS, type Flag } from './flag-table.ts';

/** The command line is wrong. Printed with the usage; exit code 2. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

export interface ParsedFlags {
  /** `--help` or `-h` was given; nothing else counts then. */
  readonly help: boolean;
  /** Lines for standard error about deprecated flags. */
  readonly notices: readonly string[];
  /** Whether the flag was given. */
  isGiven(name: string): boolean;
  text(name: string): string;
  flag(name: string): boolean;
  integer(name: string): number;
  /** Milliseconds. */
  duration(name: string): number;
  list(name: string): readonly string[];
}

const BOOLEANS: Readonly<Record<string, boolean>> = Object.fromEntries([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, true]),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, false]),
]);

/**
 * Reads flags as Go's pflag does: `--flag=value`, `--flag value`, booleans alone, lists repeated or separated by commas; a
 * single dash also starts a long name. Positional arguments are ignored. `table` has the flags there are. Fails with
 * `FlagError`.
 */
export function parseFlags(args: readonly string[], table: readonly Flag[] = FLAGS): ParsedFlags {
  const byName: ReadonlyMap<string, Flag> = new Map(table.map((entry) => [entry.name, entry]));
  const given = new Map<string, string[]>();
  const notices: string[] = [];
  let help = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === '--') break;
    if (!arg.startsWith('-') || arg === '-') continue;
    if (arg === '-h' || arg === '--help') {
      help = true;
      break;
    }
    if (!arg.startsWith('--') && arg.length <= 2) throw new FlagError(`unknown shorthand flag: '${arg[1]}' in ${arg}`);
    const [name = '', inline] = splitOnce(arg.replace(/^--?/, ''));
    if (name === '' || name.startsWith('-')) throw new FlagError(`bad flag syntax: ${arg}`);
    const entry = byName.get(name);
    if (entry === undefined) throw new FlagError(`unknown flag: --${name}`);
    let value = inline ?? (entry.type === 'bool' ? 'true' : undefined);
    if (value === undefined) {
      at++;
      value = args[at];
    }
    if (value === undefined) throw new FlagError(`flag needs an argument: --${name}`);
    check(entry, value);
    if (entry.deprecated !== undefined && !given.has(name))
      notices.push(`Flag --${name} has been deprecated, ${entry.deprecated}`);
    given.set(name, [...(given.get(name) ?? []), value]);
  }
  const text = (name: string): string => given.get(name)?.at(-1) ?? byName.get(name)?.default ?? '';
  return {
    help,
    notices,
    isGiven: (name) => given.has(name),
    text,
    flag: (name) => BOOLEANS[text(name)] ?? false,
    integer: (name) => Number(parseGoInteger(text(name))),
    duration: (name) => parseGoDuration(text(name)) ?? 0,
    list: (name) => (given.get(name) ?? []).flatMap(splitCsv),
  };
}

/** A refused value, and why, in Go's words. */
function check({ name, type }: Flag, value: string): void {
  const refuse = (reason: string): never => {
    throw new FlagError(`invalid argument ${goQuote(value)} for "--${name}" flag: ${reason}`);
  };
  if (type === 'bool' && BOOLEANS[value] === undefined) refuse(`strconv.ParseBool: parsing ${goQuote(value)}: invalid syntax`);
  if (type === 'int') {
    const integer = parseGoInteger(value);
    if (integer === undefined) refuse(`strconv.ParseInt: parsing ${goQuote(value)}: invalid syntax`);
    else if (BigInt.asIntN(64, integer) !== integer) refuse(`strconv.ParseInt: parsing ${goQuote(value)}: value out of range`);
  }
  if (type === 'duration' && parseGoDuration(value) === undefined) refuse(`time: invalid duration ${goQuote(value)}`);
}

const INTEGER = /^([-+]?)(0x(?:_?[\da-f])+|0b(?:_?[01])+|0o?(?:_?[0-7])+|0|[1-9](?:_?\d)*)$/i;

/** A whole number as Go writes it in source: `12`, `-0x1F`, `0o17` or `017`, `0b11`, `1_000`. */
function parseGoInteger(text: string): bigint | undefined {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const size = BigInt(digits.replaceAll('_', '').replace(/^0(?=\d)/, '0o'));
  return sign === '-' ? -size : size;
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** One line of comma-separated values, with quotes where a value holds a comma. */
function splitCsv(line: string): string[] {
  if (line === '') return [];
  const values: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    values.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
  }
  return values;
}
