import net from 'node:net';

/** A connection that sends bytes exactly as given and keeps everything that comes back. */
export interface RawConnection extends Disposable {
  readonly socket: net.Socket;
  send(text: string): void;
  /** Waits until what has come back contains the text, or the connection ends; answers what has come back. */
  until(text: string): Promise<string>;
  /** Waits until the server ends the connection; answers what has come back. */
  ended(): Promise<string>;
}

export async function connect(port: number): Promise<RawConnection> {
  const socket = net.connect({ host: '127.0.0.1', port });
  let received = '';
  let over = false;
  let check: () => void = () => {};
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
    check();
  });
  for (const event of ['end', 'error', 'close']) {
    socket.on(event, () => {
      over = true;
      check();
    });
  }
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const when = (holds: () => boolean): Promise<string> =>
    new Promise((resolve) => {
      check = () => {
        if (holds() || over) resolve(received);
      };
      check();
    });
  return {
    socket,
    send: (text) => void socket.write(text, 'latin1'),
    until: (text) => when(() => received.includes(text)),
    ended: () => when(() => false),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** Sends the bytes on a connection of their own and answers the head and the body of what comes back until the server closes. */
export async function answerTo(port: number, text: string): Promise<{ head: string; body: string }> {
  using connection = await connect(port);
  connection.send(text);
  const [head = '', ...rest] = (await connection.ended()).split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  return { head, body: /^transfer-encoding: chunked$/im.test(head) ? dechunk(body) : body };
}

function dechunk(text: string): string {
  const [size = '', ...rest] = text.split('\r\n');
  const length = Number.parseInt(size, 16);
  const following = rest.join('\r\n');
  return length > 0 ? following.slice(0, length) + dechunk(following.slice(length + 2)) : '';
}
