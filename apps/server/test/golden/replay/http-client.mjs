// Raw HTTP/1 client: sends bytes exactly as given and parses as many responses as asked for.
import net from 'node:net';

class ResponseReader {
  constructor(socket) {
    this.chunks = [];
    this.length = 0;
    this.closed = false;
    this.waiters = new Set();
    const wake = () => {
      for (const waiter of this.waiters) waiter();
    };
    socket.on('data', (chunk) => {
      this.chunks.push(chunk);
      this.length += chunk.length;
      wake();
    });
    for (const event of ['end', 'error', 'close']) {
      socket.on(event, () => {
        this.closed = true;
        wake();
      });
    }
  }

  get buffer() {
    if (this.chunks.length !== 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0];
  }

  set buffer(rest) {
    this.chunks = [rest];
    this.length = rest.length;
  }

  // Resolves true once `test()` holds, false when the connection closed or the time passed first.
  async until(test, ms) {
    if (test()) return true;
    return new Promise((resolve) => {
      const finish = (result) => {
        clearTimeout(timer);
        this.waiters.delete(check);
        resolve(result);
      };
      const check = () => (test() ? finish(true) : this.closed && finish(false));
      const timer = setTimeout(() => finish(false), ms);
      this.waiters.add(check);
      check();
    });
  }

  async next(method, ms) {
    if (!(await this.until(() => this.buffer.indexOf('\r\n\r\n') >= 0, ms))) return undefined;
    const end = this.buffer.indexOf('\r\n\r\n');
    const [statusLine, ...lines] = this.buffer.subarray(0, end).toString('latin1').split('\r\n');
    this.buffer = this.buffer.subarray(end + 4);
    const headers = {};
    for (const line of lines) {
      const name = line.slice(0, line.indexOf(':')).toLowerCase();
      const value = Buffer.from(line.slice(line.indexOf(':') + 1).trim(), 'latin1').toString('utf8');
      headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
    }
    const status = Number(statusLine.split(' ')[1]);
    return { status, headers, body: await this.body(method, status, headers, ms) };
  }

  async body(method, status, headers, ms) {
    if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return Buffer.alloc(0);
    if (/chunked/i.test(headers['transfer-encoding'] ?? '')) {
      const parts = [];
      for (;;) {
        if (!(await this.until(() => this.buffer.indexOf('\r\n') >= 0, ms))) break;
        const at = this.buffer.indexOf('\r\n');
        const size = parseInt(this.buffer.subarray(0, at).toString('latin1'), 16);
        if (!(await this.until(() => this.length >= at + 4 + size, ms))) break;
        parts.push(this.buffer.subarray(at + 2, at + 2 + size));
        this.buffer = this.buffer.subarray(at + 4 + size);
        if (!(size > 0)) break;
      }
      return Buffer.concat(parts);
    }
    const length = headers['content-length'];
    if (length === undefined) await this.until(() => this.closed, ms);
    else await this.until(() => this.length >= Number(length), ms);
    const size = length === undefined ? this.buffer.length : Number(length);
    const body = this.buffer.subarray(0, size);
    this.buffer = this.buffer.subarray(size);
    return body;
  }
}

// Sends the parts one after another, waiting for one response between parts; returns the responses.
export async function exchange({ connectTo, parts, methods, observeClose, timeoutMs = 20_000 }) {
  const socket = net.connect(connectTo);
  const reader = new ResponseReader(socket);
  const responses = [];
  try {
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    for (const [i, part] of parts.entries()) {
      socket.write(part);
      if (i === parts.length - 1) break;
      const response = await reader.next(methods[responses.length] ?? 'GET', 2000);
      if (response) responses.push(response);
    }
    while (responses.length < methods.length) {
      const response = await reader.next(methods[responses.length], timeoutMs);
      if (!response) break;
      responses.push(response);
    }
    const closed = observeClose ? await reader.until(() => reader.closed, 1000) : undefined;
    return { responses, closed };
  } finally {
    socket.destroy();
  }
}
