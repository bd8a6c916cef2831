import type { ClientHttp2Session } from 'node:http2';
import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { CallError } from '../../client/call-error.ts';
import { callMessage, type MethodOf } from '../../client/call-message.ts';
import { connectUnix } from '../../client/connect-unix.ts';
import { StatusCode } from '../../server/status.ts';

/** Milliseconds until a process that accepts connections must have shown that it is a gRPC server. */
const CONNECT_MILLISECONDS = 5000;
/** What gRPC's own clients take unless they are told otherwise. */
const MAX_MESSAGE_BYTES = 4 * 2 ** 20;

/** Makes calls on one connection. */
export type Call = <Input extends DescMessage, Output extends DescMessage>(
  method: MethodOf<Input, Output>,
  request: MessageInitShape<Input>,
  signal?: AbortSignal,
) => Promise<MessageShape<Output>>;

export interface ComponentConnectionOptions {
  readonly socket: string;
  /** Goes along with every call: one process may serve several components. */
  readonly instance: string;
  /** What the component hears when a call's signal aborts. */
  readonly onAbort: 'cancel' | 'abandon';
  /** Makes a new connection fit for use, with calls of its own. A failure is that of the calls that wait for the connection. */
  readonly prepare: (call: Call) => Promise<void>;
}

interface Attempt {
  readonly opening: Promise<ClientHttp2Session>;
  /** What came of it. A peer that says goodbye closes it: running calls end in peace, and later ones need another. */
  session: ClientHttp2Session | undefined;
}

/**
 * The connection of one component. It is opened by the first call, and again by the first one after it broke; calls that
 * come meanwhile wait for the same attempt.
 */
export class ComponentConnection {
  readonly #options: ComponentConnectionOptions;
  readonly #closing = new AbortController();
  /** The one in use, and earlier ones on which calls are still running. */
  readonly #sessions = new Set<ClientHttp2Session>();
  #attempt: Attempt | undefined;

  constructor(options: ComponentConnectionOptions) {
    this.#options = options;
  }

  /** Opens the connection unless it is open. Fails as `call` does. */
  async open(signal?: AbortSignal): Promise<void> {
    await this.#ready(signal);
  }

  /** Fails with `CallError`, or with the signal's reason as soon as that aborts. */
  call: Call = async (method, request, signal) => {
    for (let attempt = 1; ; attempt++) {
      const session = await this.#ready(signal);
      try {
        return await this.#callOn(session, method, request, signal);
      } catch (cause) {
        if (this.#closing.signal.aborted) throw this.#closing.signal.reason;
        // What broke was an old connection: a new one may be had.
        if (!(cause instanceof CallError && cause.unseen) || attempt === 2) throw cause;
      }
    }
  };

  /** Cancels running calls; later ones fail. May be called twice. */
  close(): void {
    this.#closing.abort(canceled('context canceled'));
    for (const session of this.#sessions) session.destroy();
  }

  #callOn<Input extends DescMessage, Output extends DescMessage>(
    session: ClientHttp2Session,
    method: MethodOf<Input, Output>,
    request: MessageInitShape<Input>,
    signal: AbortSignal | undefined,
  ): Promise<MessageShape<Output>> {
    const { instance, onAbort } = this.#options;
    const metadata = { 'x-component-instance': instance };
    return callMessage(session, method, request, { metadata, maxMessageSize: MAX_MESSAGE_BYTES, signal, onAbort });
  }

  #ready(signal: AbortSignal | undefined): Promise<ClientHttp2Session> {
    if (this.#closing.signal.aborted) return Promise.reject(canceled('grpc: the client connection is closing'));
    const { session } = this.#attempt ?? {};
    if (this.#attempt === undefined || session?.closed || session?.destroyed) this.#attempt = this.#begin();
    return untilAborted(this.#attempt.opening, signal);
  }

  #begin(): Attempt {
    const attempt: Attempt = { opening: this.#open(), session: undefined };
    attempt.opening.then(
      (session) => {
        attempt.session = session;
      },
      () => {
        if (this.#attempt === attempt) this.#attempt = undefined;
      },
    );
    return attempt;
  }

  async #open(): Promise<ClientHttp2Session> {
    const { socket: path, prepare } = this.#options;
    const { signal } = this.#closing;
    const session = await connectUnix({ path, timeout: CONNECT_MILLISECONDS, signal });
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    try {
      await prepare((method, request) => this.#callOn(session, method, request, signal));
      return session;
    } catch (cause) {
      session.destroy();
      throw cause;
    }
  }
}

function canceled(description: string): CallError {
  return new CallError(StatusCode.cancelled, description);
}

/** The result, or the signal's reason when that comes first. */
function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
    return undefined;
  });
}
