import { watchStopSignals } from './stop-signals.ts';

// Loading the rest takes most of the start, and a signal in that time must end the process as gracefully as a later one.
const stop = watchStopSignals();

import('./run-server.ts')
  .then(({ runServer }) => runServer(process.argv.slice(2), process.env, stop))
  // Whatever still runs (a driver's idle connection, say) must not keep a stopped server alive.
  .then((code) => process.exit(code));
