import { type ErrorCode, SecretStoreError } from '@coffer/core/driver';

/** Something is wrong with the file, told without its path. Quotes names and public keys, never values. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
  readonly hint: string;
  readonly code: ErrorCode;

  constructor(problem: string, hint: string, code: ErrorCode = 'invalid_argument') {
    super(problem);
    this.hint = hint;
    this.code = code;
  }
}

/** One value would hide the other. */
export function sameName(name: string): FileFault {
  return new FileFault(`two entries of the file have the name ${name}`, 'take one of them out with sops');
}

/** The fault as callers get it. */
export function failureOf({ code, message, hint }: FileFault, path: string): SecretStoreError {
  return new SecretStoreError(code, `${path}: ${message}`, { operation: 'init', hint });
}
