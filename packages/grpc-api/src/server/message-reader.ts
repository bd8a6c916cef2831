import { gunzip } from 'node:zlib';
import { GrpcError, StatusCode } from './status.ts';
import { PREFIX_BYTES } from './wire.ts';

export interface MessageReaderOptions {
  /** Bytes of one message; `Infinity`: no limit. */
  readonly maxSize: number;
  /** `grpc-encoding` of the call. */
  readonly encoding: string | undefined;
}

/** Takes the messages of a call out of its bytes. */
export class MessageReader {
  readonly #options: MessageReaderOptions;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(options: MessageReaderOptions) {
    this.#options = options;
  }

  /** Whether bytes are waiting of which no message could be made yet. */
  get isWithinMessage(): boolean {
    return this.#length > 0;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The next message, `undefined` while it is not complete. Throws `GrpcError` for one that is not accepted. */
  next(): Buffer | Promise<Buffer> | undefined {
    if (this.#length < PREFIX_BYTES) return undefined;
    const prefix = this.#joined(PREFIX_BYTES);
    const flag = prefix[0] as number;
    const size = prefix.readUInt32BE(1);
    const { maxSize } = this.#options;
    if (size > maxSize) throw tooLarge(`grpc: received message larger than max (${size} vs. ${maxSize})`);
    if (flag > 1) throw new GrpcError(StatusCode.internal, `grpc: received unexpected payload format ${flag}`);
    const end = PREFIX_BYTES + size;
    if (this.#length < end) return undefined;
    const bytes = this.#joined(end);
    if (bytes.length > end) this.#chunks[0] = bytes.subarray(end);
    else this.#chunks.shift();
    this.#length -= end;
    const message = bytes.subarray(PREFIX_BYTES, end);
    return flag === 0 ? message : this.#decompress(message);
  }

  /** The first chunk, which has at least `size` bytes afterwards. */
  #joined(size: number): Buffer {
    const [first] = this.#chunks as [Buffer];
    if (first.length >= size) return first;
    const all = Buffer.concat(this.#chunks.splice(0), this.#length);
    this.#chunks.push(all);
    return all;
  }

  #decompress(message: Buffer): Promise<Buffer> {
    const { encoding, maxSize } = this.#options;
    if (encoding === undefined || encoding === 'identity') {
      throw new GrpcError(StatusCode.internal, 'grpc: compressed flag set with identity or empty encoding');
    }
    if (encoding !== 'gzip') {
      const message = `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(encoding)}`;
      throw new GrpcError(StatusCode.unimplemented, message);
    }
    const maxOutputLength = Math.min(maxSize, 2 ** 31 - 1);
    return new Promise((resolve, reject) => {
      gunzip(message, { maxOutputLength }, (error, bytes) => {
        if (error === null) resolve(bytes);
        else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
          reject(tooLarge(`grpc: received message after decompression larger than max ${maxSize}`));
        } else reject(new GrpcError(StatusCode.internal, `grpc: failed to decompress the message: ${error.message}`));
      });
    });
  }
}

function tooLarge(message: string): GrpcError {
  return new GrpcError(StatusCode.resourceExhausted, message);
}
