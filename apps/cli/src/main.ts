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
  } else {
    const { EXIT_CODES } = await import('./exit-codes.ts');
    // A driver that waits for nothing would end the process without a result: that is no success.
    process.exitCode = EXIT_CODES.internal;
    const { runCli } = await import('./cli.ts');
    // A driver's open sockets must not keep the shell waiting.
    process.exit(await runCli(argv, process.env));
  }
}

void main(process.argv.slice(2));
