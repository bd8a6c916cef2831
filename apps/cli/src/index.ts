export { type Output, runCli } from './cli.ts';
export { EXIT_CHECK_FAILED, EXIT_CODES, type FailureCode } from './exit-codes.ts';
