import { onTestFinished } from 'vitest';
import {
  createHttpApi,
  createHttpListener,
  type HttpApiOptions,
  type HttpListener,
  type HttpListenerOptions,
} from '../src/index.ts';
import { type FakeRuntime, fakeRuntime } from './fake-runtime.ts';
import { RawClient } from './raw-client.ts';

export interface Served {
  readonly port: number;
  readonly runtime: FakeRuntime;
  readonly listener: HttpListener;
  readonly url: string;
  /** A connection that is closed when the test ends. */
  connect(): Promise<RawClient>;
}

export interface ServeOptions extends Partial<Omit<HttpApiOptions, 'runtime'>>, Partial<Omit<HttpListenerOptions, 'api'>> {
  readonly runtime?: FakeRuntime;
}

/** Serves on a port of its own until the test ends. */
export async function serve(options: ServeOptions = {}): Promise<Served> {
  const runtime = options.runtime ?? fakeRuntime();
  const listener = createHttpListener({ ...options, api: createHttpApi({ ...options, runtime }) });
  const port = (await listener.listen({ host: '127.0.0.1', port: 0 })) as number;
  const clients: RawClient[] = [];
  onTestFinished(async () => {
    for (const client of clients) client.close();
    await listener.close(0);
  });
  return {
    port,
    runtime,
    listener,
    url: `http://127.0.0.1:${port}`,
    async connect() {
      const client = await RawClient.open(port);
      clients.push(client);
      return client;
    },
  };
}
