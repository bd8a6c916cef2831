import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface Network extends AsyncDisposable {
  /** Hosts with their ports, in the order of the connections. */
  readonly asked: readonly string[];
  /** What leads there. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A proxy that leads to ports of this machine, by host name; who asks for another host is refused. */
export async function startNetwork(hosts: ReadonlyMap<string, number>): Promise<Network> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const server = createServer().on('connect', (request, client: Socket) => {
    const target = request.url ?? '';
    asked.push(target);
    const port = hosts.get(target.replace(/:443$/, ''));
    open.add(client);
    client.on('error', () => client.destroy());
    if (port === undefined) {
      client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    const server = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    open.add(server);
    server.on('error', () => client.destroy());
    server.pipe(client).pipe(server);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    asked,
    environment: { HTTPS_PROXY: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
