import { readFile, stat } from 'node:fs/promises';
import { type Logger, SecretStoreError } from '@coffer/core/driver';
import { JsonText, type JsonValue } from './flatten.ts';

const OS_ERRORS: Readonly<Record<string, readonly [text: string, hint: string]>> = {
  ENOENT: ['no such file or directory', 'check secretsFile; a relative path starts at the folder the process was started in'],
  EACCES: ['permission denied', 'let the user that runs this process read the file'],
  EPERM: ['operation not permitted', 'let the user that runs this process read the file'],
  EISDIR: ['is a directory', 'secretsFile names a folder; name the file in it'],
  ENOTDIR: ['not a directory', 'a part of the path of secretsFile is a file'],
};

/** Parses the file. Fails with `failed_precondition` and the operating system's words, or `invalid_argument` for bad JSON. */
export async function readSecretsFile(
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly [name: string]: JsonValue }> {
  let text: string;
  try {
    text = await readFile(path, { encoding: 'utf8', ...(signal ? { signal } : {}) });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw osError(path, cause);
  }
  return parseSecrets(path, text);
}

function parseSecrets(path: string, text: string): { readonly [name: string]: JsonValue } {
  let root: JsonValue;
  try {
    root = JSON.parse(text, reviveValue) as JsonValue;
  } catch (cause) {
    // The parser's message quotes the file, which is full of secrets: only the place is told.
    throw new SecretStoreError('invalid_argument', `${path}${placeOf(text, cause)} is not valid JSON`, {
      operation: 'init',
      hint: hintFor(text, cause),
    });
  }
  if (root === null) return {};
  if (typeof root !== 'object' || Array.isArray(root) || root instanceof JsonText) {
    const kind = Array.isArray(root) ? 'an array' : 'a single value';
    throw new SecretStoreError('invalid_argument', `${path} holds ${kind}, and must hold a JSON object`, {
      operation: 'init',
      hint: 'write {"name": "value"}',
    });
  }
  return root as { readonly [name: string]: JsonValue };
}

function hintFor(text: string, cause: unknown): string {
  if (cause instanceof RangeError) return 'write a number that is out of range as text, in quotes';
  return text.startsWith('\ufeff') ? 'remove the byte order mark' : 'comments and trailing commas are not JSON';
}

/** Numbers keep their text; a lone surrogate becomes U+FFFD, as in the reference. */
function reviveValue(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) throw new RangeError('a number of the file is out of range');
  return new JsonText(context?.source ?? String(value));
}

/** `:line:column` of a syntax error when the parser tells its position. */
function placeOf(text: string, cause: unknown): string {
  const position = /at position (\d+)/.exec(cause instanceof Error ? cause.message : '')?.[1];
  if (position === undefined) return '';
  const before = text.slice(0, Number(position)).split('\n');
  return `:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

function osError(path: string, cause: unknown): SecretStoreError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const [text, hint] = OS_ERRORS[code] ?? [code || 'cannot be read', undefined];
  const operation = code === 'EISDIR' ? 'read' : 'open';
  return new SecretStoreError('failed_precondition', `${operation} ${path}: ${text}`, { operation: 'init', hint, cause });
}

/** Warns when users other than the owner may read the file. */
export async function reportOpenPermissions(path: string, logger: Logger): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode } = await stat(path);
  if ((mode & 0o044) !== 0) logger.warn(`secrets file ${path} may be read by other users: chmod 600 ${path}`);
}
