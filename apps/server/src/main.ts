import { watchStopSignals } from './stop-signals.ts';

// Loading the rest takes most of the start, and a signal in that time must end the process as gracefully as a later one.
const stop = watchStopSignals();

run(process.argv.slice(2))
  // Whatever still runs (a driver's idle connection, say) must not keep a stopped server alive.
  .then((code) => process.exit(code));

async function run(args: readonly string[]): Promise<number> {
  if (args[0] === 'pluggable') return (await import('./run-pluggable.ts')).runPluggable(args.slice(1), process.env, stop);
  return (await import('./run-server.ts')).runServer(args, process.env, stop);
}
