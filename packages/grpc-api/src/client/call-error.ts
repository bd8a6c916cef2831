import { STATUS_NAMES, type StatusCode } from '../server/status.ts';

/** A call that ended with a status other than OK. `message` is Go's text for it: `rpc error: code = NotFound desc = …`. */
export class CallError extends Error {
  override readonly name = 'CallError';
  /** Of a peer, so perhaps a number that gRPC does not know. */
  readonly code: StatusCode | number;
  /** Whether the peer has certainly not seen the call, so that it may be made again. */
  readonly unseen: boolean;

  constructor(
    code: StatusCode | number,
    description: string,
    { unseen = false, cause }: { readonly unseen?: boolean; readonly cause?: unknown } = {},
  ) {
    super(`rpc error: code = ${STATUS_NAMES[code] ?? `Code(${code})`} desc = ${description}`, { cause });
    this.code = code;
    this.unseen = unseen;
  }
}
