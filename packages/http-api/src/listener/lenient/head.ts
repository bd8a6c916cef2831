import { hostRefusal, type Refusal } from '../refusal.ts';

/** Request line and headers of one message. All strings are byte strings. */
export interface Head {
  readonly method: string;
  readonly target: string;
  readonly minorVersion: number;
  /** Names as sent and values, in a row. */
  readonly rawHeaders: readonly string[];
  /** Values of every header by its name in lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Bytes of the body; `chunked` when it tells its length as it goes. */
  readonly body: number | 'chunked';
  readonly keepAlive: boolean;
  readonly expectsContinue: boolean;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VERSION = /^HTTP\/([0-9])\.([0-9])$/;
// A space in a name is let through by Go's header reader and found by a later check, which words its answer differently.
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z ]+$/;
const CONTROL_CHARACTER = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** Length of the head at the start of `bytes`, its closing empty line included; -1 while it is not complete. */
export function headLength(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(10, from); at >= 0; at = bytes.indexOf(10, at + 1)) {
    // An empty first line can only be refused, so there is nothing to wait for.
    if (at === 0 || (at === 1 && bytes[0] === 13)) return at + 1;
    if (bytes[at + 1] === 10) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return -1;
}

/**
 * Reads a head as Go's HTTP library does: bare line feeds, folded lines and any method are fine, equal repeated
 * Content-Lengths are one, and chunked wins over a Content-Length.
 */
export function parseHead(bytes: string): Head | Refusal {
  const lines = bytes.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const requestLine = lines[0] as string;
  const [method, target, version] = splitRequestLine(requestLine);
  const protocol = VERSION.exec(version);
  if (protocol === null || !TOKEN.test(method) || target === '') return { status: 400 };
  const rawHeaders = readFields(lines.slice(1));
  if (rawHeaders === undefined) return { status: 400 };
  const headers = byName(rawHeaders);
  const [major, minor] = [Number(protocol[1]), Number(protocol[2])];
  const body = bodyOf(headers, major > 1 || minor >= 1);
  if (typeof body === 'object') return body;
  if ((headers.get('host')?.length ?? 0) > 1) return { status: 400 };
  if (major !== 1) return { status: 505, detail: 'unsupported protocol version' };
  const host = hostRefusal(headers.get('host') ?? [], minor >= 1 && method !== 'CONNECT');
  if (host !== undefined) return host;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (!TOKEN.test(rawHeaders[at] as string)) return { status: 400, detail: 'invalid header name' };
  }
  const expectation = headers.get('expect')?.[0] ?? '';
  const expectsContinue = minor >= 1 && /(^|,)\s*100-continue\s*(,|$)/i.test(expectation);
  if (expectation !== '' && !expectsContinue) return { status: 417, body: '' };
  const keepAlive = minor >= 1 ? !hasToken(headers, 'connection', 'close') : hasToken(headers, 'connection', 'keep-alive');
  return { method, target, minorVersion: minor, rawHeaders, headers, body, keepAlive, expectsContinue };
}

export function isRefusal(head: Head | Refusal): head is Refusal {
  return 'status' in head;
}

/** Whether one of the comma-separated values of a header is `token`, which is in lower case. */
export function hasToken(headers: Head['headers'], name: string, token: string): boolean {
  return (headers.get(name) ?? []).some((value) => value.split(',').some((part) => part.trim().toLowerCase() === token));
}

function splitRequestLine(line: string): [method: string, target: string, version: string] {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  return first < 0 || second < 0 ? ['', '', ''] : [line.slice(0, first), line.slice(first + 1, second), line.slice(second + 1)];
}

/** Names and values in a row; `undefined` for what is no header field. */
function readFields(lines: readonly string[]): string[] | undefined {
  const fields: string[] = [];
  for (const line of lines) {
    if (line === '') break;
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (fields.length === 0 || CONTROL_CHARACTER.test(line)) return undefined;
      fields.push(`${fields.pop()} ${trim(line)}`.trimEnd());
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    if (!NAME.test(name) || CONTROL_CHARACTER.test(line)) return undefined;
    fields.push(name, trim(line.slice(colon + 1)));
  }
  return fields;
}

function trim(value: string): string {
  return value.replace(/^[ \t]+|[ \t]+$/g, '');
}

function byName(rawHeaders: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [rawHeaders[at + 1] as string]);
    else values.push(rawHeaders[at + 1] as string);
  }
  return headers;
}

function bodyOf(headers: Head['headers'], knowsChunked: boolean): number | 'chunked' | Refusal {
  const encodings = knowsChunked ? (headers.get('transfer-encoding') ?? []) : [];
  if (encodings.length > 1 || (encodings.length === 1 && encodings[0]?.toLowerCase() !== 'chunked')) {
    return { status: 501, body: 'Unsupported transfer encoding' };
  }
  const lengths = new Set((headers.get('content-length') ?? []).map(trim));
  if (lengths.size > 1) return { status: 400 };
  if (encodings.length === 1) return 'chunked';
  const [length] = lengths;
  if (length === undefined) return 0;
  return /^[0-9]{1,15}$/.test(length) ? Number(length) : { status: 400 };
}
