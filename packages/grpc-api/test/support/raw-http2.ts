import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export const FrameType = { data: 0, headers: 1, resetStream: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8 } as const;
export const Flag = { endStream: 1, ack: 1, endHeaders: 4 } as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

const FRAME_HEADER = 9;

/** HTTP/2 by hand: sends the frames that it is told to, and keeps those that come. */
export class RawHttp2 {
  readonly frames: Frame[] = [];
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => this.#take(chunk));
  }

  static open(port: number): Promise<RawHttp2> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true }, () => {
        socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
        const client = new RawHttp2(socket);
        client.send(FrameType.settings, 0, 0);
        resolve(client);
      });
      socket.once('error', reject);
      onTestFinished(() => void socket.destroy());
    });
  }

  send(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): void {
    const header = Buffer.alloc(FRAME_HEADER);
    header.writeUIntBE(payload.length, 0, 3);
    header[3] = type;
    header[4] = flags;
    header.writeUInt32BE(stream, 5);
    this.#socket.write(Buffer.concat([header, payload]));
  }

  /** A HEADERS frame with literal fields. */
  headers(stream: number, fields: Readonly<Record<string, string>>, flags: number = Flag.endHeaders): void {
    const literal = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
    const block = Object.entries(fields).map(([name, value]) => Buffer.concat([Buffer.from([0]), literal(name), literal(value)]));
    this.send(FrameType.headers, flags, stream, Buffer.concat(block));
  }

  /** The first frame that matches, also of those that have come already. */
  async frame(matches: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(matches);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= FRAME_HEADER) {
      const end = FRAME_HEADER + this.#bytes.readUIntBE(0, 3);
      if (this.#bytes.length < end) break;
      const bytes = this.#bytes;
      this.#bytes = bytes.subarray(end);
      this.frames.push({
        type: bytes[3] as number,
        flags: bytes[4] as number,
        stream: bytes.readUInt32BE(5),
        payload: bytes.subarray(FRAME_HEADER, end),
      });
    }
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
