import type { OptionSpec } from './command.ts';

/** Options that every command takes. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--resources-path <directory>',
    description: 'directory with component files (repeatable; default: ./components)',
    repeatable: true,
    completes: 'directory',
  },
  {
    flags: '--config <file>',
    description: 'Configuration file (repeatable; merged in this order)',
    repeatable: true,
    completes: 'file',
  },
  {
    flags: '--app-id <id>',
    description: 'application to act as; scopes of components use it (default: $APP_ID, else coffer-cli)',
  },
  {
    flags: '--driver-path <directory>',
    description: 'folder whose package.json declares drivers to use, or a driver itself (repeatable)',
    repeatable: true,
    completes: 'directory',
  },
  { flags: '--timeout <duration>', description: 'give up after this time, such as 500ms or 2m; 0: never', default: '30s' },
  { flags: '--strict-dapr', description: "the reference's behaviour in every intended difference" },
  { flags: '--json', description: 'print one JSON document; failures as JSON on stderr' },
  { flags: '--verbose', description: 'log what happens on stderr' },
];
