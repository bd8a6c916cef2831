export { runPluggable } from './run-pluggable.ts';
export { runServer } from './run-server.ts';
