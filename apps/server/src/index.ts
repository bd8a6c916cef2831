export { runServer } from './run-server.ts';
