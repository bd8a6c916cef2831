import { StatusCode } from './status.ts';

/** Bytes before each message: a flag for compression, and the length in four bytes. */
export const PREFIX_BYTES = 5;

const MAX_MESSAGE_TEXT = 32 * 1024;
const PLAIN = /^(?! )[\x20-\x24\x26-\x7e]*(?<! )$/;

/** `grpc-message`: what is not printable ASCII, and white space at the ends, which HTTP/2 would lose, as `%XX`. */
export function encodeStatusMessage(message: string): string {
  if (message.length <= MAX_MESSAGE_TEXT && PLAIN.test(message)) return message;
  // A header that no client accepts would leave it without any reason.
  const bytes = Buffer.from(message, 'utf8').subarray(0, MAX_MESSAGE_TEXT);
  let encoded = '';
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    const atEnd = byte === 0x20 && (at === 0 || at === bytes.length - 1);
    if (byte < 0x20 || byte > 0x7e || byte === 0x25 || atEnd) encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    else encoded += String.fromCharCode(byte);
  }
  return encoded;
}

const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds of `grpc-timeout`; `undefined` when it is malformed. */
export function parseTimeout(text: string): number | undefined {
  const unit = UNITS[text.charAt(text.length - 1)];
  const digits = text.slice(0, -1);
  return unit === undefined || !/^\d{1,8}$/.test(digits) ? undefined : Number(digits) * unit;
}

/** `grpc-status` as text. */
export const statusText: readonly string[] = Object.values(StatusCode).map(String);

/** A message with its prefix, in one piece. */
export function frameMessage(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_BYTES);
  return frame;
}
