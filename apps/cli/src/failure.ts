import { EXIT_CODES, type FailureCode } from './exit-codes.ts';

/** Why a command gave no result: one sentence, and what to do. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(
    code: FailureCode,
    message: string,
    options: { readonly hint?: string | undefined; readonly cause?: unknown; readonly exitCode?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? EXIT_CODES[code];
  }
}

/** The members that the errors of core have; looked at by name, so that telling of a failure loads nothing. */
interface Known extends Error {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly reason?: unknown;
  readonly hint?: string | undefined;
  readonly inner?: string | undefined;
  readonly problem?: {
    readonly file: string;
    readonly line?: number;
    readonly column?: number;
    readonly message: string;
    readonly hint?: string;
  };
}

/** Any failure as the user is told of it. */
export function failureFrom(cause: unknown): Failure {
  if (!(cause instanceof Error)) return new Failure('internal', String(cause), { cause });
  const { name, message, hint, detail, inner, problem, reason }: Known = cause;
  switch (name) {
    case 'Failure':
      return cause as Failure;
    case 'ReadFailure':
      return new Failure(codeOf(cause), message, { hint: hint ?? (reason === 'denied' ? EXPLAIN : undefined), cause });
    case 'SecretStoreError':
      return new Failure(codeOf(cause), String(detail), { hint, cause });
    case 'RegistryError':
      return new Failure('configuration', String(detail), { hint, cause });
    case 'ConfigurationError': {
      if (problem === undefined) break;
      const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
      return new Failure('configuration', `${place}: ${problem.message}`, { hint: problem.hint, cause });
    }
    case 'DirectoryError':
      return new Failure('configuration', message, { hint: 'check the path given with --resources-path', cause });
    case 'ComponentFailure': {
      const code =
        cause.cause instanceof Error && cause.cause.name === 'SecretStoreError' ? codeOf(cause.cause) : 'configuration';
      const text = inner?.replace(/^\[\w+\]: initialization error occurred for /, '') ?? message;
      return new Failure(code, `component ${text}`, { hint: hint ?? CHECK, cause });
    }
    case 'AbortError':
      return new Failure('canceled', 'interrupted', { cause });
    case 'TimeoutError':
      return new Failure('deadline_exceeded', 'the time given with --timeout has passed', { cause });
  }
  // Core wraps why a start failed in the words of the log line.
  if (cause.cause instanceof Error) {
    const inside = failureFrom(cause.cause);
    if (inside.code !== 'internal') return inside;
  }
  if (message.startsWith('failed to load components: ')) {
    return new Failure('configuration', message.slice('failed to load components: '.length), { hint: CHECK, cause });
  }
  return new Failure('internal', message, { hint: 'this is a defect of Coffer: please report it', cause });
}

const EXPLAIN = 'coffer explain tells which rule decided, and where it is written';
const CHECK = 'coffer check shows every problem of the directory';

function codeOf(cause: Known): FailureCode {
  const { code } = cause;
  return typeof code === 'string' && code in EXIT_CODES ? (code as FailureCode) : 'unknown';
}
