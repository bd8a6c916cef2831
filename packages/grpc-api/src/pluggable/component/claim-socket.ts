import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { osErrorCode, osErrorText } from '@coffer/core/driver';
import { unixPathProblem } from '../../unix-path.ts';

/**
 * Makes a path free for a socket: one whose process is gone is removed. Fails with an Error that says what is in the way.
 */
export async function claimSocket(path: string): Promise<void> {
  const problem = unixPathProblem(path);
  if (problem !== undefined) throw new Error(`can't listen on ${path}: ${problem}`);
  let isSocket: boolean;
  try {
    isSocket = (await lstat(path)).isSocket();
  } catch (cause) {
    if (osErrorCode(cause) === 'ENOENT') return;
    throw new Error(`can't listen on ${path}: ${osErrorText(cause)}`, { cause });
  }
  if (!isSocket) throw new Error(`can't listen on ${path}: there is a file that is no socket: remove it, or choose another path`);
  const state = await probe(path);
  if (state === 'ECONNREFUSED') await unlink(path);
  else if (state === 'connected')
    throw new Error(`can't listen on ${path}: another process does: stop it, or choose another path`);
  else if (state !== 'ENOENT') throw new Error(`can't listen on ${path}: there is a socket that can't be tried: ${state}`);
}

/** `connected`, or the code of the failure. */
function probe(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.once('error', (cause) => resolve(osErrorCode(cause)));
  });
}
