import { once } from 'node:events';
import { BaseCall } from './call.ts';
import { MessageReader } from './message-reader.ts';
import { GrpcError, StatusCode } from './status.ts';
import type { StreamingMethod } from './types.ts';
import { frameMessage } from './wire.ts';

/** A call with any number of requests and responses. */
export class StreamingCall extends BaseCall {
  override readonly unary = false;

  override run(method: StreamingMethod): void {
    const refusal = this.started();
    if (refusal === undefined) void this.#answer(method);
    else this.fail(refusal);
  }

  async #answer(method: StreamingMethod): Promise<void> {
    try {
      for await (const response of method.handle(this.#requests(method), this)) {
        if (this.answered) break;
        await this.#send(encode(method, response));
      }
    } catch (cause) {
      const error = this.errorFrom(cause);
      this.finished(error.code, error);
      if (!this.answered) this.fail(error);
      return;
    }
    this.finished(StatusCode.ok, undefined);
    if (this.answered) return;
    this.settle();
    if (!this.stream.headersSent) this.begin();
    this.stream.end();
  }

  async *#requests(method: StreamingMethod): AsyncGenerator<unknown> {
    const encoding = this.head.headers['grpc-encoding']?.toString();
    const reader = new MessageReader({ maxSize: this.settings.maxMessageSize, encoding });
    if (!this.clientEnded) {
      try {
        for await (const chunk of this.stream.iterator({ destroyOnReturn: false })) {
          reader.push(chunk as Buffer);
          for (let message = reader.next(); message !== undefined; message = reader.next()) {
            const bytes = await message;
            this.receivedBytes += bytes.length;
            yield decode(method, bytes);
          }
        }
      } catch (cause) {
        // The client has cancelled, and nobody waits for an answer.
        if (this.stream.destroyed) throw new GrpcError(StatusCode.cancelled, 'context canceled');
        throw cause;
      }
    }
    this.clientEnded = true;
    if (reader.isWithinMessage) throw new GrpcError(StatusCode.internal, 'unexpected EOF');
  }

  async #send(message: Uint8Array): Promise<void> {
    const { maxMessageSize } = this.settings;
    if (message.length > maxMessageSize) {
      const text = `grpc: trying to send message larger than max (${message.length} vs. ${maxMessageSize})`;
      throw new GrpcError(StatusCode.resourceExhausted, text);
    }
    const { stream, signal } = this;
    if (stream.destroyed) return;
    if (!stream.headersSent) this.begin();
    this.sentBytes += message.length;
    if (!stream.write(frameMessage(message))) await once(stream, 'drain', { signal }).catch(() => undefined);
  }
}

function decode(method: StreamingMethod, bytes: Uint8Array): unknown {
  try {
    return method.decode(bytes);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new GrpcError(StatusCode.internal, `grpc: failed to unmarshal the received message: ${text}`);
  }
}

function encode(method: StreamingMethod, response: unknown): Uint8Array {
  try {
    return method.encode(response);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new GrpcError(StatusCode.internal, `grpc: error while marshaling: ${text}`);
  }
}
