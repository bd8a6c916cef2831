/** Cuts one body out of the bytes of a connection. */
export interface BodyFraming {
  /** Takes bytes that arrived. Throws an Error when they are not framed as they should be. */
  take(bytes: Buffer): { readonly data: readonly Buffer[]; readonly done: boolean; readonly rest: Buffer };
}

/** A body of so many bytes. */
export function lengthFraming(length: number): BodyFraming {
  let left = length;
  return {
    take(bytes) {
      const data = bytes.subarray(0, left);
      left -= data.length;
      return { data: data.length === 0 ? [] : [data], done: left === 0, rest: bytes.subarray(data.length) };
    },
  };
}

// A line of sizes, extensions or trailers that grows beyond this is no line.
const LONGEST_LINE = 4096;

/** A chunked body. Extensions and trailers are passed over. */
export function chunkedFraming(): BodyFraming {
  let state: 'size' | 'data' | 'end of data' | 'trailers' = 'size';
  let left = 0;
  let line = '';
  return {
    take(bytes) {
      const data: Buffer[] = [];
      let at = 0;
      while (at < bytes.length) {
        if (state === 'data') {
          const piece = bytes.subarray(at, at + left);
          data.push(piece);
          at += piece.length;
          left -= piece.length;
          if (left === 0) state = 'end of data';
          continue;
        }
        const end = bytes.indexOf(10, at);
        line += bytes.toString('latin1', at, end < 0 ? bytes.length : end);
        at = end < 0 ? bytes.length : end + 1;
        if (line.length > LONGEST_LINE) throw new Error('header line too long');
        if (end < 0) break;
        const text = line.endsWith('\r') ? line.slice(0, -1) : line;
        line = '';
        if (state === 'trailers') {
          if (text === '') return { data, done: true, rest: bytes.subarray(at) };
        } else if (state === 'end of data') {
          if (text !== '') throw new Error('malformed chunked encoding');
          state = 'size';
        } else {
          left = chunkSize(text);
          state = left === 0 ? 'trailers' : 'data';
        }
      }
      return { data, done: false, rest: Buffer.alloc(0) };
    },
  };
}

function chunkSize(line: string): number {
  const digits = /^([0-9A-Fa-f]{1,13})[ \t]*(?:;|$)/.exec(line)?.[1];
  if (digits === undefined) throw new Error('invalid byte in chunk length');
  return Number.parseInt(digits, 16);
}
