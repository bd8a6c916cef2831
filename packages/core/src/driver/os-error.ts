const TEXTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ELOOP: 'too many levels of symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'file name too long',
  EIO: 'input/output error',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  ERR_INVALID_ARG_VALUE: 'invalid argument',
};

/** Code of a failure of the operating system, such as `ENOENT`; empty when it has none. */
export function osErrorCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

/** The operating system's words for a failure, as Go prints them. */
export function osErrorText(cause: unknown): string {
  return TEXTS[osErrorCode(cause)] ?? (cause instanceof Error ? cause.message : String(cause));
}
