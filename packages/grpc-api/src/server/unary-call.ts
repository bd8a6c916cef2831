import type { ServerHttp2Stream } from 'node:http2';
import { BaseCall, callOf } from './call.ts';
import { MessageReader } from './message-reader.ts';
import { GrpcError, StatusCode } from './status.ts';
import type { UnaryMethod } from './types.ts';
import { frameMessage, PREFIX_BYTES } from './wire.ts';

/** A call with one request and one response. */
export class UnaryCall extends BaseCall {
  override readonly unary = true;
  #method: UnaryMethod | undefined;
  #reader: MessageReader | undefined;
  /** Whether the request is complete. */
  #isRequested = false;

  override run(method: UnaryMethod): void {
    this.#method = method;
    if (this.clientEnded) this.ended();
    else this.stream.on('data', onData).on('end', onEnd);
  }

  received(chunk: Buffer): void {
    if (this.answered) return;
    if (this.#isRequested) {
      this.fail(violation('received multiple request messages for non-client-streaming RPC'));
      return;
    }
    // Nearly always one chunk is one message.
    if (this.#reader === undefined && chunk.length >= PREFIX_BYTES && chunk[0] === 0) {
      const size = chunk.readUInt32BE(1);
      if (size === chunk.length - PREFIX_BYTES && size <= this.settings.maxMessageSize) {
        this.#request(chunk.subarray(PREFIX_BYTES));
        return;
      }
    }
    const { settings, head } = this;
    const encoding = head.headers['grpc-encoding']?.toString();
    this.#reader ??= new MessageReader({ maxSize: settings.maxMessageSize, encoding });
    try {
      this.#reader.push(chunk);
      const message = this.#reader.next();
      if (message === undefined) return;
      if (this.#reader.isWithinMessage) throw violation('received multiple request messages for non-client-streaming RPC');
      if (message instanceof Promise) {
        this.#isRequested = true;
        message.then(
          (bytes) => this.#request(bytes),
          (cause) => this.fail(this.errorFrom(cause)),
        );
      } else this.#request(message);
    } catch (cause) {
      this.fail(this.errorFrom(cause));
    }
  }

  ended(): void {
    this.clientEnded = true;
    if (this.#isRequested || this.answered) return;
    const message = this.#reader?.isWithinMessage
      ? new GrpcError(StatusCode.internal, 'unexpected EOF')
      : violation('received no request message from non-client-streaming RPC');
    this.fail(message);
  }

  #request(message: Uint8Array): void {
    if (this.answered) return;
    this.#isRequested = true;
    this.receivedBytes = message.length;
    const method = this.#method as UnaryMethod;
    let request: unknown;
    try {
      request = method.decode(message);
    } catch (cause) {
      this.fail(new GrpcError(StatusCode.internal, `grpc: error unmarshalling request: ${textOf(cause)}`));
      return;
    }
    this.request = request;
    const refusal = this.started();
    if (refusal === undefined) void this.#answer(method, request);
    else this.fail(refusal);
  }

  async #answer(method: UnaryMethod, request: unknown): Promise<void> {
    let response: unknown;
    try {
      response = await method.handle(request, this);
    } catch (cause) {
      const error = this.errorFrom(cause);
      this.finished(error.code, error);
      if (!this.answered) this.fail(error);
      return;
    }
    let message: Uint8Array;
    try {
      message = method.encode(response);
    } catch (cause) {
      this.finished(StatusCode.ok, undefined);
      if (!this.answered) this.fail(new GrpcError(StatusCode.internal, `grpc: error while marshaling: ${textOf(cause)}`));
      return;
    }
    this.sentBytes = message.length;
    this.finished(StatusCode.ok, undefined);
    if (!this.answered) this.#send(message);
  }

  #send(message: Uint8Array): void {
    const { maxMessageSize } = this.settings;
    if (message.length > maxMessageSize) {
      const text = `grpc: trying to send message larger than max (${message.length} vs. ${maxMessageSize})`;
      this.fail(new GrpcError(StatusCode.resourceExhausted, text));
      return;
    }
    this.settle();
    if (this.stream.destroyed || this.stream.closed) return;
    this.begin();
    this.stream.end(frameMessage(message));
  }
}

function onData(this: ServerHttp2Stream, chunk: Buffer): void {
  (callOf(this) as UnaryCall | undefined)?.received(chunk);
}

function onEnd(this: ServerHttp2Stream): void {
  (callOf(this) as UnaryCall | undefined)?.ended();
}

function violation(what: string): GrpcError {
  return new GrpcError(StatusCode.internal, `cardinality violation: ${what}`);
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
