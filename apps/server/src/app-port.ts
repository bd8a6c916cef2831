import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when something listens on the application's port. Fails when `signal` aborts. */
export async function untilListening(host: string, port: number, signal: AbortSignal): Promise<void> {
  while (!(await accepts(host, port))) await sleep(50, undefined, { signal });
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const finish = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
  });
}
