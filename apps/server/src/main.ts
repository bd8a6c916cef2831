import { runServer } from './run-server.ts';

// Whatever still runs (a driver's idle connection, say) must not keep a stopped server alive.
runServer(process.argv.slice(2)).then((code) => process.exit(code));
