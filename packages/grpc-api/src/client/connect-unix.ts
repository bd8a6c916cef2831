import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { osErrorText } from '@coffer/core/driver';
import { StatusCode } from '../server/status.ts';
import { unixPathProblem } from '../unix-path.ts';
import { CallError } from './call-error.ts';

/** Bytes that a peer may send ahead of our reading: a message of the default size limit needs no waiting. */
const WINDOW = 4 * 2 ** 20;

export interface ConnectUnixOptions {
  readonly path: string;
  /** Milliseconds until the peer must have answered as an HTTP/2 server does. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a connection for gRPC calls to a unix socket. Fails with `CallError` when nobody answers there, or with the
 * signal's reason.
 */
export function connectUnix({ path, timeout, signal }: ConnectUnixOptions): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const pathProblem = unixPathProblem(path);
    if (pathProblem !== undefined) return reject(dialFailure(path, pathProblem));
    const session = connectHttp2('http://localhost', {
      createConnection: () => connectSocket(path),
      settings: { enablePush: false, initialWindowSize: WINDOW },
    });
    let connected = false;
    const settle = (cause?: unknown) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      session.off('close', closedEarly);
      if (cause === undefined) return resolve(session);
      session.destroy();
      reject(cause);
    };
    const giveUp = () => settle(signal?.reason);
    const closedEarly = () => settle(prefaceFailure('EOF'));
    const timer = setTimeout(() => settle(prefaceFailure(`no answer from ${path} within ${timeout} ms`)), timeout);
    signal?.addEventListener('abort', giveUp, { once: true });
    session.once('connect', () => {
      connected = true;
      session.setLocalWindowSize(WINDOW);
    });
    // Whoever accepts a connection need not be a server: only its settings show one that is alive.
    session.once('remoteSettings', () => settle());
    session.once('close', closedEarly);
    // Stays for good: a connection that breaks later is told by its calls.
    session.on('error', (cause) => settle(connected ? prefaceFailure(cause.message) : dialFailure(path, osErrorText(cause))));
    return undefined;
  });
}

function dialFailure(path: string, reason: string): CallError {
  return unavailable(`transport: Error while dialing: dial unix ${path}: connect: ${reason}`);
}

function prefaceFailure(reason: string): CallError {
  return unavailable(`error reading server preface: ${reason}`);
}

const unavailable = (reason: string): CallError =>
  new CallError(StatusCode.unavailable, `connection error: desc = ${JSON.stringify(reason)}`, { unseen: true });
