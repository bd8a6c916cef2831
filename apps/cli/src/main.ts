import { readVersion } from './version.ts';

/** Start-up is part of what a command line feels like: only what a command needs is loaded, and the version needs nothing. */
async function main(argv: readonly string[]): Promise<void> {
  const [command, ...rest] = argv;
  if (command === '--version' && rest.length === 0) {
    process.stdout.write(`${readVersion()}\n`);
  } else if (command === 'serve') {
    // The server reads its own flags and signals.
    const { runServer } = await import('@coffer/server');
    process.exit(await runServer(rest, process.env));
  } else if (command === 'pluggable') {
    const { runPluggable } = await import('@coffer/server');
    process.exit(await runPluggable(rest, process.env));
  } else {
    const { EXIT_CODES, runCli } = await import('./index.ts');
    process.once('beforeExit', () => {
      process.stderr.write('coffer: ended without a result, because a driver waits for something that never comes\n');
      process.exit(EXIT_CODES.internal);
    });
    // A driver's open sockets must not keep the shell waiting.
    process.exit(await runCli(argv, process.env));
  }
}

void main(process.argv.slice(2));
