import type { IncomingMessage } from 'node:http';
import { HttpFailure } from './failure.ts';

/** A body as it came. Fails with `too_large` as soon as it is, also when the length alone says so, and ends the connection. */
export async function readBody(response: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (Number(response.headers['content-length'] ?? 0) > most) throw tooLarge(response, most);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw tooLarge(response, most);
    chunks.push(chunk);
  }
  if (!response.complete) throw new HttpFailure('unavailable', 'the answer broke off');
  return Buffer.concat(chunks, size);
}

function tooLarge(response: IncomingMessage, most: number): HttpFailure {
  response.destroy();
  return new HttpFailure('too_large', `the answer has more than ${most} bytes`);
}
