import type { ErrorCode } from '@coffer/core';

/** What a failure of the CLI is called: the codes of a failed read, and two of its own. */
export type FailureCode = ErrorCode | 'usage' | 'configuration';

/** The one table from failures to exit codes. The numbers are those of sysexits.h where it has one that fits. */
export const EXIT_CODES: Readonly<Record<FailureCode, number>> = {
  unknown: 1,
  usage: 64,
  invalid_argument: 65,
  not_found: 66,
  unavailable: 69,
  unimplemented: 69,
  internal: 70,
  deadline_exceeded: 75,
  resource_exhausted: 75,
  permission_denied: 77,
  unauthenticated: 77,
  failed_precondition: 78,
  configuration: 78,
  canceled: 130,
};

/** `coffer check` found errors. */
export const EXIT_CHECK_FAILED = 1;
