import type { IncomingMessage } from 'node:http';
import { KubernetesError } from '../errors.ts';

/** The lines of a body as they come, wherever it is cut. Fails with `too_large` when one is. */
export async function* readLines(response: IncomingMessage, most: number): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = Buffer.concat([...parts, chunk.subarray(start, end)]).toString('utf8');
      parts = [];
      size = 0;
      start = end + 1;
      if (line.trim() !== '') yield line;
    }
    if (start === chunk.length) continue;
    parts.push(start === 0 ? chunk : chunk.subarray(start));
    size += chunk.length - start;
    if (size > most) throw tooLarge(response, most);
  }
}

function tooLarge(response: IncomingMessage, most: number): KubernetesError {
  response.destroy();
  return new KubernetesError('too_large', `the answer has more than ${most} bytes`);
}
